/** The payload of the `profile` channel -> inputs, read with care: it comes from outside. */
import { ALL_BUTTONS } from '../buttons.ts';
import { type Check, field, isInteger } from '../check.ts';
import { FLUSH_REASONS, LIMITS, STATUSES } from '../protocol.ts';
import { BATCH_FIELDS, INPUT_FIELDS } from './encode.ts';
import {
  INPUT_KINDS,
  type ProfiledBatch,
  type ProfiledInput,
  type ProfilePayload,
  type Stage,
  STAGES,
} from './input.ts';

/** Most numbers in an array of a payload. */
const MAX_NUMBERS = 1_048_576;

type Numbers = readonly unknown[];

/** Reads a payload; what is wrong with it is in `check.problem`. Stages that are newer than this code are passed over. */
export function decodeProfile(check: Check, value: unknown): ProfilePayload {
  const map = check.map(value, 'payload');
  const count = (name: string) => check.integer(field(map, name), name, 0, LIMITS.maxInteger);
  const head = {
    session: check.text(field(map, 'session'), 'session'),
    from: count('from'),
    through: count('through'),
    dropped: count('dropped'),
    atUs: count('atUs'),
    originMs: check.number(field(map, 'originMs'), 'originMs', 0, LIMITS.maxInteger),
    ended: check.boolean(field(map, 'ended'), 'ended'),
  };
  const names = check.list(field(map, 'stages'), 'stages', 64).map((name) => check.text(name, 'stages'));
  const columns = names.map((name) => STAGES.find((stage) => stage === name));
  const batches = readBatches(check, check.list(field(map, 'batches'), 'batches', MAX_NUMBERS));
  const numbers = check.list(field(map, 'inputs'), 'inputs', MAX_NUMBERS);
  const inputs = new InputReader(check, columns, batches).read(numbers, head.from + head.dropped);
  const expected = Math.max(0, head.through - head.from + 1 - head.dropped);
  if (inputs.length !== expected) check.fail('inputs', numbers, `${expected} inputs`);
  return { ...head, stages: columns.filter((stage) => stage !== undefined), inputs };
}

function readBatches(check: Check, numbers: Numbers): ProfiledBatch[] {
  const batches: ProfiledBatch[] = [];
  for (let at = 0; at < numbers.length; at += BATCH_FIELDS) {
    const id = check.integer(numbers[at], 'batches', 0, LIMITS.maxInteger);
    const size = check.integer(numbers[at + 1], 'batches', 0, LIMITS.maxInteger);
    const reason = FLUSH_REASONS[check.integer(numbers[at + 2], 'batches', 0, FLUSH_REASONS.length - 1)];
    batches.push({ id, size, reason: reason ?? FLUSH_REASONS[0] });
  }
  return batches;
}

class InputReader {
  readonly #check: Check;
  readonly #columns: readonly (Stage | undefined)[];
  readonly #batches: readonly ProfiledBatch[];
  #nextFrame = 0;
  #beganUs = 0;

  constructor(check: Check, columns: readonly (Stage | undefined)[], batches: readonly ProfiledBatch[]) {
    this.#check = check;
    this.#columns = columns;
    this.#batches = batches;
  }

  read(numbers: Numbers, firstSeq: number): ProfiledInput[] {
    const fields = INPUT_FIELDS + this.#columns.length;
    if (numbers.length % fields !== 0) this.#check.fail('inputs', numbers, `${fields} numbers an input`);
    const inputs: ProfiledInput[] = [];
    for (let at = 0; at < numbers.length && this.#check.problem === undefined; at += fields) {
      inputs.push(this.#input(numbers, at, firstSeq + at / fields));
    }
    return inputs;
  }

  #input(numbers: Numbers, at: number, seq: number): ProfiledInput {
    const words = INPUT_KINDS.length * STATUSES.length;
    const code = this.#check.integer(numbers[at], 'inputs', 0, words - 1);
    const frames = this.#check.integer(numbers[at + 5], 'inputs', 0, LIMITS.maxInteger);
    const ahead = this.#optional(numbers[at + 4], -LIMITS.maxInteger);
    const firstFrame = ahead === undefined ? null : this.#nextFrame + ahead;
    if (firstFrame !== null) this.#nextFrame = firstFrame + frames;
    const batch = this.#optional(numbers[at + 6], 0, this.#batches.length - 1);
    return {
      seq,
      kind: INPUT_KINDS[Math.floor(code / STATUSES.length)] ?? 'unsent',
      status: STATUSES[code % STATUSES.length] ?? 'unknown',
      buttons: this.#optional(numbers[at + 1], 0, ALL_BUTTONS),
      hold: this.#optional(numbers[at + 2], 0),
      gap: this.#optional(numbers[at + 3], 0),
      firstFrame,
      frames,
      batch: batch === undefined ? undefined : this.#batches[batch],
      at: this.#times(numbers, at + INPUT_FIELDS),
    };
  }

  #times(numbers: Numbers, at: number): ProfiledInput['at'] {
    const times: { [Name in Stage]?: number } = {};
    let us = this.#beganUs;
    let first: number | undefined;
    for (const [column, stage] of this.#columns.entries()) {
      const delta = this.#optional(numbers[at + column], -LIMITS.maxInteger);
      if (delta === undefined) continue;
      us += delta;
      first ??= us;
      if (stage !== undefined) times[stage] = us;
    }
    this.#beganUs = first ?? this.#beganUs;
    return times;
  }

  #optional(value: unknown, min: number, max: number = LIMITS.maxInteger): number | undefined {
    if (value === null || value === undefined || isInteger(value, min, max)) return value ?? undefined;
    this.#check.fail('inputs', value, `an integer from ${min} to ${max}, or nil`);
    return undefined;
  }
}
