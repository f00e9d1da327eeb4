/** Macros: presses that were given a name, and are then used by it. Bounded before anything is expanded. Pure. */
import type { RequestCode } from './errors.ts';
import { LIMITS, type Member, type Press } from './protocol.ts';

export interface MacroBounds {
  /** Most presses of one macro: as many as a group may have. */
  readonly maxGroup: number;
  readonly maxMacros: number;
  /** Most presses of all macros together; a memory range that a press observes counts as one more. */
  readonly maxPresses: number;
}

/** Why a macro cannot be defined; then nothing has changed. */
export interface MacroProblem {
  readonly code: Extract<RequestCode, 'unknown_macro' | 'invalid_message' | 'too_many_macros'>;
  readonly message: string;
  readonly allowed?: string;
}

interface Macro {
  readonly presses: readonly Press[];
  readonly weight: number;
}

/** About how many bytes of memory a press takes, or a range that it observes, and a macro besides. */
const PRESS_BYTES = 72;
const MACRO_BYTES = 256;

/** Whether the members are presses only. */
export function isPlain(members: readonly Member[]): members is readonly Press[] {
  return !members.some((member) => 'use' in member);
}

export class Macros {
  readonly #bounds: MacroBounds;
  readonly #macros = new Map<string, Macro>();
  #weight = 0;

  constructor({
    maxGroup,
    maxMacros = LIMITS.maxMacros,
    maxPresses = LIMITS.maxMacroPresses,
  }: Pick<MacroBounds, 'maxGroup'> & Partial<MacroBounds>) {
    this.#bounds = { maxGroup, maxMacros, maxPresses };
  }

  /** Bytes of memory that all of them take, about. */
  get bytes(): number {
    return this.#macros.size * MACRO_BYTES + this.#weight * PRESS_BYTES;
  }

  /** The name of the first macro among the members that has not been defined. */
  unknown(members: readonly Member[]): string | undefined {
    for (const member of members) {
      if ('use' in member && !this.#macros.has(member.use)) return member.use;
    }
    return undefined;
  }

  /** How many presses the members stand for; unknown macros stand for none. */
  size(members: readonly Member[]): number {
    return members.reduce(
      (sum, member) =>
        'use' in member ? sum + member.times * (this.#macros.get(member.use)?.presses.length ?? 0) : sum + 1,
      0,
    );
  }

  /** The presses that the members stand for. Ask for their `size` first: it may be large. */
  expand(members: readonly Member[]): readonly Press[] {
    if (isPlain(members)) return members;
    const presses: Press[] = [];
    for (const member of members) {
      if (!('use' in member)) presses.push(member);
      else {
        const macro = this.#macros.get(member.use)?.presses ?? [];
        for (let i = 0; i < member.times; i++) for (const press of macro) presses.push(press);
      }
    }
    return presses;
  }

  /**
   * Gives presses a name, in place of what had it. Macros among the members are expanded now: a later change of theirs does not
   * reach this one, and no macro can contain itself.
   */
  define(name: string, members: readonly Member[]): MacroProblem | undefined {
    const { maxGroup, maxMacros, maxPresses } = this.#bounds;
    const unknown = this.unknown(members);
    if (unknown !== undefined) return { code: 'unknown_macro', message: `there is no macro "${unknown}"` };
    const size = this.size(members);
    if (size > maxGroup) {
      const allowed = `at most ${maxGroup} presses in one macro`;
      return { code: 'invalid_message', message: `it stands for ${size} presses`, allowed };
    }
    const before = this.#macros.get(name);
    if (before === undefined && this.#macros.size >= maxMacros) {
      return {
        code: 'too_many_macros',
        message: 'it is one too many',
        allowed: `at most ${maxMacros} macros`,
      };
    }
    const presses = this.expand(members);
    const weight = presses.reduce((sum, press) => sum + weightOf(press), 0);
    const total = this.#weight - (before?.weight ?? 0) + weight;
    if (total > maxPresses) {
      const allowed = `at most ${maxPresses} presses, and memory ranges observed by them, in all macros together`;
      return { code: 'too_many_macros', message: `there would be ${total} with it`, allowed };
    }
    this.#weight = total;
    this.#macros.set(name, { presses, weight });
    return undefined;
  }
}

function weightOf({ options }: Press): number {
  return 1 + (options?.observe?.memory?.length ?? 0);
}
