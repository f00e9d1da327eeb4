/**
 * Reads fields out of unknown values and remembers the first thing that is wrong, in words. Nothing here throws; after the
 * reads one looks at `problem`, and the values count only if there is none.
 */
import { LIMITS } from './protocol.ts';

/** Shows a value in an error message: short, and never a secret's whole length. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return Array.isArray(value) ? `an array of ${value.length}` : 'a map';
}

export function isInteger(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

/** Whether the value is a map: neither nil, nor an array, nor bytes. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

/** A field of a map, or undefined when it is absent or nil. Inherited names do not count. */
export function field(map: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(map, name) ? (map[name] ?? undefined) : undefined;
}

/** The object without its undefined fields, so that "absent" has one form only. */
export function compact<T extends Record<string, unknown>>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const name in fields) {
    const value = fields[name];
    if (isDefined(value)) kept[name] = value;
  }
  return kept;
}

function isDefined<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined;
}

export class Check {
  /** The first problem met: which field, what it got, what is allowed. */
  problem: string | undefined;

  fail(name: string, value: unknown, allowed: string): void {
    this.problem ??= `${name}: got ${show(value)}; allowed: ${allowed}`;
  }

  integer(value: unknown, name: string, min: number, max: number): number {
    if (isInteger(value, min, max)) return value;
    this.fail(name, value, `an integer from ${min} to ${max}`);
    return min;
  }

  optionalInteger(value: unknown, name: string, min: number, max: number): number | undefined {
    return value === undefined || value === null ? undefined : this.integer(value, name, min, max);
  }

  /** A finite number, whole or not. */
  number(value: unknown, name: string, min: number, max: number): number {
    if (typeof value === 'number' && value >= min && value <= max) return value;
    this.fail(name, value, `a number from ${min} to ${max}`);
    return min;
  }

  boolean(value: unknown, name: string): boolean {
    if (typeof value === 'boolean') return value;
    this.fail(name, value, 'true or false');
    return false;
  }

  text(value: unknown, name: string, maxLength: number = LIMITS.maxTextLength): string {
    if (typeof value === 'string' && value.length <= maxLength) return value;
    this.fail(name, value, `a string of at most ${maxLength} characters`);
    return '';
  }

  oneOf<T extends string>(value: unknown, name: string, allowed: readonly [T, ...T[]]): T {
    const found = allowed.find((word) => word === value);
    if (found !== undefined) return found;
    this.fail(name, value, allowed.join(', '));
    return allowed[0];
  }

  list(value: unknown, name: string, maxLength: number): readonly unknown[] {
    if (Array.isArray(value) && value.length <= maxLength) return value;
    this.fail(name, value, `an array of at most ${maxLength}`);
    return [];
  }

  map(value: unknown, name: string): Readonly<Record<string, unknown>> {
    if (isMap(value)) return value;
    this.fail(name, value, 'a map');
    return {};
  }

  /** A map that may be left out. */
  optionalMap(value: unknown, name: string): Readonly<Record<string, unknown>> {
    return value === undefined || value === null ? {} : this.map(value, name);
  }
}
