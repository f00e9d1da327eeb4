/** Checks the maps of settings that several messages carry: hello, batching, observe, memory ranges. */
import { ALL_BUTTONS } from './buttons.ts';
import { type Check, compact, field } from './check.ts';
import {
  type Batching,
  CHECKPOINT_NAME,
  type Dedupe,
  type Hello,
  LIMITS,
  type MemoryRange,
  ON_FAILURE,
  type Observe,
  PACES,
  PICTURE_FORMATS,
  ROLES,
  STRATEGIES,
} from './protocol.ts';

/** Reads `map[name]` with `parse` unless it is absent. */
export function optional<T>(
  map: Readonly<Record<string, unknown>>,
  name: string,
  parse: (value: unknown) => T,
): T | undefined {
  const found = field(map, name);
  return found === undefined ? undefined : parse(found);
}

export function hello(check: Check, value: unknown): Hello {
  const map = check.optionalMap(value, 'hello');
  return compact({
    token: optional(map, 'token', (v) => check.text(v, 'token')),
    client: optional(map, 'client', (v) => check.text(v, 'client')),
    label: optional(map, 'label', (v) => check.text(v, 'label')),
    role: optional(map, 'role', (v) => check.oneOf(v, 'role', ROLES)),
    emulator: optional(map, 'emulator', (v) => wantedEmulator(check, v)),
    takeover: optional(map, 'takeover', (v) => check.boolean(v, 'takeover')),
    pace: optional(map, 'pace', (v) => check.oneOf(v, 'pace', PACES)),
    speed: optional(map, 'speed', (v) => speed(check, v)),
    batching: optional(map, 'batching', (v) => batching(check, v)),
    observe: optional(map, 'observe', (v) => observe(check, v)),
    onFailure: optional(map, 'onFailure', (v) => check.oneOf(v, 'onFailure', ON_FAILURE)),
    approximate: optional(map, 'approximate', (v) => check.boolean(v, 'approximate')),
    resumeMs: optional(map, 'resumeMs', (v) => check.number(v, 'resumeMs', 0, LIMITS.maxInteger)),
    resume: optional(map, 'resume', (v) => resume(check, v)),
  });
}

function wantedEmulator(check: Check, value: unknown): NonNullable<Hello['emulator']> {
  const map = check.map(value, 'emulator');
  const text = (name: string) => optional(map, name, (v) => check.text(v, `emulator.${name}`));
  return compact({
    id: text('id'),
    kind: text('kind'),
    rom: text('rom'),
    state: text('state'),
    waitMs: optional(map, 'waitMs', (v) => check.number(v, 'emulator.waitMs', 0, LIMITS.maxInteger)),
    sound: optional(map, 'sound', (v) => check.boolean(v, 'emulator.sound')),
  });
}

function resume(check: Check, value: unknown): NonNullable<Hello['resume']> {
  const map = check.map(value, 'resume');
  return {
    session: check.text(field(map, 'session'), 'resume.session', 64),
    secret: check.text(field(map, 'secret'), 'resume.secret', 128),
    received: check.integer(field(map, 'received'), 'resume.received', 0, LIMITS.maxInteger),
    ...compact({ orNew: optional(map, 'orNew', (v) => check.boolean(v, 'resume.orNew')) }),
  };
}

export function batching(check: Check, value: unknown): Partial<Batching> {
  const map = check.map(value, 'batching');
  const count = (name: string, max: number) =>
    optional(map, name, (v) => check.integer(v, `batching.${name}`, 1, max));
  return compact({
    strategy: optional(map, 'strategy', (v) => check.oneOf(v, 'batching.strategy', STRATEGIES)),
    maxWaitMs: optional(map, 'maxWaitMs', (v) => check.number(v, 'batching.maxWaitMs', 0, LIMITS.maxWaitMs)),
    maxBatchSize: count('maxBatchSize', LIMITS.maxBatchSize),
    highFrequencyThreshold: count('highFrequencyThreshold', LIMITS.maxHighFrequencyThreshold),
    coalesce: optional(map, 'coalesce', (v) => check.boolean(v, 'batching.coalesce')),
    dedupe: optional(map, 'dedupe', (v) => dedupe(check, v)),
  });
}

export function dedupe(check: Check, value: unknown): Dedupe {
  const map = check.map(value, 'batching.dedupe');
  const frames = check.integer(field(map, 'frames'), 'batching.dedupe.frames', 0, LIMITS.maxHoldFrames);
  const buttons = optional(map, 'buttons', (v) =>
    check.integer(v, 'batching.dedupe.buttons', 1, ALL_BUTTONS),
  );
  return { frames, ...compact({ buttons }) };
}

export function observe(check: Check, value: unknown): Observe {
  const map = check.map(value, 'observe');
  return compact({
    memory: optional(map, 'memory', (v) => memoryRanges(check, v)),
    hash: optional(map, 'hash', (v) => check.boolean(v, 'observe.hash')),
    screen: optional(map, 'screen', (v) => check.oneOf(v, 'observe.screen', PICTURE_FORMATS)),
  });
}

/** `[[address, length], …]`, each inside the 64 kB address space, together at most `LIMITS.maxMemoryBytes`. */
export function memoryRanges(check: Check, value: unknown): MemoryRange[] {
  let total = 0;
  const ranges = check.list(value, 'memory', LIMITS.maxRanges).map((item): MemoryRange => {
    const pair = check.list(item, 'memory range', 2);
    const address = check.integer(pair[0], 'memory address', 0, 0xffff);
    const length = check.integer(pair[1], 'memory length', 1, 0x10000 - address);
    total += length;
    return [address, length];
  });
  if (total > LIMITS.maxMemoryBytes) check.fail('memory', total, `${LIMITS.maxMemoryBytes} bytes in all`);
  return ranges;
}

/** A name of a checkpoint, or of what is named alike. */
export function checkpointName(check: Check, value: unknown, field = 'name'): string {
  if (typeof value === 'string' && CHECKPOINT_NAME.test(value)) return value;
  check.fail(field, value, '1 to 64 letters, digits, dots, underscores or dashes');
  return '';
}

export function speed(check: Check, value: unknown): number {
  return value === undefined ? 1 : check.number(value, 'speed', LIMITS.minSpeed, LIMITS.maxSpeed);
}
