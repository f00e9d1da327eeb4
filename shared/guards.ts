/**
 * Guards: conditions on a byte of the game's memory that decide, on the frame boundary before each member of a group begins, whether
 * it does. Section "Guards" of docs/protocol.md.
 */
import { type Check, compact, field, show } from './check.ts';
import { LIMITS } from './protocol.ts';

export const GUARD_OPS = ['==', '!=', '<', '<=', '>', '>='] as const;
export type GuardOp = (typeof GUARD_OPS)[number];

/**
 * What a guard does: `stop` where its condition holds, `go` where it does not; `wait` lets frames pass until it holds, and stops where it
 * does not in time.
 */
export const GUARD_EFFECTS = ['stop', 'go', 'wait'] as const;
export type GuardEffect = (typeof GUARD_EFFECTS)[number];

/** One condition, and what follows from it for the members of its range. */
export interface Guard {
  /** In the Game Boy's address space, with the banks that are switched in at that moment. */
  readonly address: number;
  readonly op: GuardOp;
  /** What the byte is compared with. */
  readonly value: number;
  /** ANDed to the byte first. @default 255 */
  readonly mask?: number;
  /** @default 'stop' */
  readonly then?: GuardEffect;
  /** Of a `wait`, which must have it: the most frames to wait before one member. */
  readonly frames?: number;
  /** Of a `wait`: whether it goes on all the same when the condition did not come to hold. @default false */
  readonly orGo?: boolean;
  /** The first member of its range, from 0. @default 0 */
  readonly from?: number;
  /** How many members its range has; 0 for none. @default all up to the end of the group */
  readonly count?: number;
}

/** A guard whose range is written out. */
export interface RangedGuard extends Guard {
  readonly from: number;
  readonly count: number;
}

/** Where and why a guard stopped its range. */
export interface GuardStop {
  /** Position of the guard in `guards`. */
  readonly index: number;
  /** Frames that the emulator had run when it decided. */
  readonly frame: number;
  /** The byte, after masking; absent where it could not be read. */
  readonly value?: number;
}

const WHOLE_BYTE = 0xff;

/** Whether the condition holds for a byte that is masked already. */
export function holds({ op, value }: Pick<Guard, 'op' | 'value'>, byte: number): boolean {
  switch (op) {
    case '==':
      return byte === value;
    case '!=':
      return byte !== value;
    case '<':
      return byte < value;
    case '<=':
      return byte <= value;
    case '>':
      return byte > value;
    case '>=':
      return byte >= value;
  }
}

/** The byte as the guard looks at it. */
export function masked({ mask = WHOLE_BYTE }: Pick<Guard, 'mask'>, byte: number): number {
  return byte & mask;
}

/** How many members from this one on are left in the guard's range, this one included; 0 outside of it. */
export function membersLeft({ from, count }: RangedGuard, member: number): number {
  return member < from ? 0 : Math.max(0, from + count - member);
}

/** The guards of a group of `members`, ranges written out. */
export function ranged(guards: readonly Guard[], members: number): RangedGuard[] {
  return guards.map((guard) => {
    const from = guard.from ?? 0;
    return { ...guard, from, count: guard.count ?? members - from };
  });
}

/** Which range lies outside a group of `members`, and what is allowed; undefined if none does. */
export function rangeProblem(guards: readonly Guard[], members: number): string | undefined {
  for (const [index, { from = 0, count = 0 }] of guards.entries()) {
    const of = `guards[${index}]`;
    if (from >= members)
      return `${of}.from: got ${from}; allowed: 0 to ${members - 1} in a group of ${members}`;
    if (count > members - from) {
      return `${of}.count: got ${count}; allowed: 0 to ${members - from} from member ${from} of ${members} on`;
    }
  }
  return undefined;
}

/** The guards for what is left of their group without its first `skip` members. Each keeps its place, whether or not it still has a range. */
export function guardsBehind(guards: readonly Guard[], skip: number): Guard[] {
  return guards.map(({ from = 0, count, ...guard }) => {
    const shifted = Math.max(0, from - skip);
    const left = count === undefined ? undefined : Math.max(0, from + count - skip - shifted);
    return { ...guard, ...(shifted > 0 && { from: shifted }), ...(left !== undefined && { count: left }) };
  });
}

/** As in a script: `{stop 0xD057!=0}`. */
export function formatGuard({ address, op, value, mask, then = 'stop', frames, orGo }: Guard): string {
  const byte = hex(address, 4) + (mask === undefined ? '' : `&${hex(mask, 2)}`);
  const wait = then === 'wait' ? ` ${frames ?? 0}${orGo === true ? ' go' : ''}` : '';
  return `{${then} ${byte}${op}${value}${wait}}`;
}

/** Why members did not run, for people. */
export function explainStop(guard: Guard, { index, value }: GuardStop): string {
  const late = guard.then === 'wait' ? ` after ${guard.frames ?? 0} frames` : '';
  const found = value === undefined ? 'the byte cannot be read' : `the byte is ${value}${late}`;
  return `guards[${index}] ${formatGuard(guard)}: ${found}`;
}

/** Reads the option `guards` of a group. Whether ranges fit the group is `rangeProblem`. */
export function readGuards(check: Check, value: unknown): Guard[] {
  const list = check.list(value, 'guards', LIMITS.maxGuards);
  if (list.length === 0) check.fail('guards', value, `an array of 1 to ${LIMITS.maxGuards} guards`);
  return list.map((item, index) => readGuard(check, item, `guards[${index}]`));
}

function readGuard(check: Check, value: unknown, name: string): Guard {
  const map = check.map(value, name);
  const integer = (key: string, min: number, max: number) =>
    check.optionalInteger(field(map, key), `${name}.${key}`, min, max);
  const then = field(map, 'then');
  const orGo = field(map, 'orGo');
  const guard = {
    address: check.integer(field(map, 'address'), `${name}.address`, 0, 0xffff),
    op: check.oneOf(field(map, 'op'), `${name}.op`, GUARD_OPS),
    value: check.integer(field(map, 'value'), `${name}.value`, 0, WHOLE_BYTE),
    ...compact({
      mask: integer('mask', 0, WHOLE_BYTE),
      then: then === undefined ? undefined : check.oneOf(then, `${name}.then`, GUARD_EFFECTS),
      frames: integer('frames', 1, LIMITS.maxHoldFrames),
      orGo: orGo === undefined ? undefined : check.boolean(orGo, `${name}.orGo`),
      from: integer('from', 0, LIMITS.maxInteger),
      count: integer('count', 0, LIMITS.maxInteger),
    }),
  };
  checkWait(check, guard, name);
  return guard;
}

/** `frames` and `orGo` belong to `wait`, and only to it. */
function checkWait(check: Check, { then, frames, orGo }: Guard, name: string): void {
  if (then === 'wait') {
    if (frames === undefined)
      check.fail(`${name}.frames`, frames, `an integer from 1 to ${LIMITS.maxHoldFrames}`);
    return;
  }
  const only = `nothing, unless \`then\` is wait; it is ${show(then ?? 'stop')}`;
  if (frames !== undefined) check.fail(`${name}.frames`, frames, only);
  if (orGo === true) check.fail(`${name}.orGo`, orGo, only);
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;
}
