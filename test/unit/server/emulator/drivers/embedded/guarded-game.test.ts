import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Flight } from '../../../../../../server/emulator/drivers/embedded/flight.ts';
import { Game } from '../../../../../../server/emulator/drivers/embedded/game.ts';
import { Machine } from '../../../../../../server/emulator/drivers/embedded/machine.ts';
import { flatten } from '../../../../../../server/emulator/drivers/embedded/timeline.ts';
import { Vitals } from '../../../../../../server/emulator/drivers/embedded/vitals.ts';
import type { FromWorker, Request } from '../../../../../../server/emulator/drivers/embedded/wire.ts';
import type { Step, StepOutcome } from '../../../../../../server/emulator/drivers/driver.ts';
import { GUARD_OPS, type Guard, ranged } from '../../../../../../shared/guards.ts';
import type { Observe, Pace } from '../../../../../../shared/protocol.ts';
import { FakeClock } from '../../../../../support/fake-clock.ts';
import { RECORDER, recorderRom } from '../../../../../support/test-rom.ts';

interface Press {
  readonly buttons: number;
  readonly hold: number;
  readonly gap: number;
  readonly observe?: Observe;
}

/** A game in this thread, from power-on, with keys held. */
class Table {
  readonly machine: Machine;
  readonly clock = new FakeClock();
  readonly outcomes: StepOutcome[] = [];
  readonly #game: Game;
  #flight: Flight | undefined;

  constructor(rom: Uint8Array, held: number, pace: Pace) {
    this.machine = new Machine({ rom, battery: undefined, sound: false });
    const { machine, clock } = this;
    const vitals = new Vitals();
    const post = (message: FromWorker) => this.#hear(message);
    this.#game = new Game({ machine, clock, vitals, post, nap: () => {}, panic: () => undefined }, 0, held);
    if (pace === 'realtime') this.ask({ kind: 'pace', pace, speed: 1 });
  }

  ask(request: Request): void {
    this.#game.receive({ kind: 'request', id: 1, request });
  }

  give(presses: readonly Press[], guards: readonly Guard[]): void {
    const of = ranged(guards, presses.length);
    const steps = presses.map(
      (press, member): Step => ({ kind: 'press', observe: undefined, ...press, guards: { of, member } }),
    );
    const sink = { outcome: (outcome: StepOutcome) => this.outcomes.push(outcome), done: () => undefined };
    this.#flight = new Flight(steps, sink);
    this.#game.receive({
      kind: 'batch',
      steps: flatten(steps),
      observe: steps.map(({ observe }) => observe),
      guards: steps.map((step) => step.guards),
      timed: false,
    });
  }

  get landed(): boolean {
    return this.#flight?.landed ?? true;
  }

  /** Gives a group and lets time pass until every member has its outcome. */
  run(presses: readonly Press[], guards: readonly Guard[]): readonly Fate[] {
    this.give(presses, guards);
    for (let ms = 0; ms < 60_000 && !this.landed; ms++) this.clock.advance(1);
    return this.outcomes.map(fateOf);
  }

  #hear(message: FromWorker): void {
    if (Array.isArray(message)) this.#flight?.tell(message, [], []);
    else if (message.kind === 'outcomes') this.#flight?.tell(message.outcomes, message.notes, message.times);
    else if (message.kind === 'trapped') throw new Error(message.message);
  }
}

/** What became of a member. */
type Fate =
  | { readonly first: number; readonly frames: number; readonly waited: number }
  | { readonly guard: number; readonly frame: number; readonly value: number; readonly waited: number };

function fateOf({ status, firstFrame, frames, guard, waited = 0 }: StepOutcome): Fate {
  if (status === 'executed') return { first: firstFrame ?? -1, frames, waited };
  return { guard: guard?.index ?? -1, frame: guard?.frame ?? -1, value: guard?.value ?? -1, waited };
}

const COMPARE: Readonly<Record<Guard['op'], (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** The rules of docs/protocol.md, frame by frame on a machine, as plainly as they can be written. */
function model(machine: Machine, held: number, presses: readonly Press[], guards: readonly Guard[]): Fate[] {
  const fates: Fate[] = [];
  let frame = 0;
  const runFrame = (buttons: number) => {
    machine.runFrame(buttons, true);
    frame++;
  };
  while (fates.length < presses.length) {
    const member = fates.length;
    const tried = new Map<number, number>();
    let waited = 0;
    for (;;) {
      let what: { stop: number; value: number; until: number } | 'wait' | 'begin' = 'begin';
      for (const [index, guard] of guards.entries()) {
        const from = guard.from ?? 0;
        const until = guard.count === undefined ? presses.length : from + guard.count;
        if (member < from || member >= until) continue;
        const value = (machine.memory().read(guard.address, 1)[0] ?? 0) & (guard.mask ?? 255);
        const holding = COMPARE[guard.op](value, guard.value);
        const stops = { stop: index, value, until };
        if (guard.then === 'wait' && !holding) {
          const left = (guard.frames ?? 0) - (tried.get(index) ?? 0);
          if (left > 0) tried.set(index, (tried.get(index) ?? 0) + 1);
          if (left > 0) what = 'wait';
          else if (guard.orGo !== true) what = stops;
        } else if (guard.then === 'go' && !holding) what = stops;
        else if ((guard.then ?? 'stop') === 'stop' && holding) what = stops;
        if (what !== 'begin') break;
      }
      if (what === 'begin') {
        const { buttons, hold, gap } = presses[member] ?? { buttons: 0, hold: 0, gap: 0 };
        fates.push({ first: frame, frames: hold + gap, waited });
        for (let i = 0; i < hold; i++) runFrame(held | buttons);
        for (let i = 0; i < gap; i++) runFrame(held);
        break;
      }
      if (what === 'wait') {
        runFrame(held);
        waited++;
        continue;
      }
      for (; fates.length < what.until; waited = 0) {
        fates.push({ guard: what.stop, frame, value: what.value, waited });
      }
      break;
    }
  }
  return fates;
}

const anyPress = fc.record({ buttons: fc.constantFrom(0, 1, 2, 16, 64), hold: fc.nat(4), gap: fc.nat(3) });
const anyCondition = fc.record(
  {
    // Buttons as the joypad has them, two counters of frames, and a byte that never changes.
    address: fc.constantFrom(RECORDER.buttons, RECORDER.frames, RECORDER.frames, RECORDER.frames + 1),
    op: fc.constantFrom(...GUARD_OPS),
    value: fc.oneof(fc.nat(24), fc.nat(255)),
    mask: fc.constantFrom(0x01, 0x07, 0x0f, 0xff),
    then: fc.constantFrom('stop' as const, 'go' as const, 'wait' as const, 'wait' as const),
    frames: fc.integer({ min: 1, max: 12 }),
    orGo: fc.boolean(),
  },
  { requiredKeys: ['address', 'op', 'value', 'then', 'frames'] },
);
const anyGroup = fc.array(anyPress, { minLength: 1, maxLength: 8 }).chain((presses) =>
  fc.record({
    presses: fc.constant(presses),
    guards: fc.array(
      fc
        .tuple(anyCondition, fc.nat(presses.length - 1), fc.nat(8))
        .map(([{ frames, orGo, ...condition }, from, count]): Guard => {
          const range = { from, count: Math.min(count, presses.length - from) };
          if (condition.then !== 'wait') return { ...condition, ...range };
          return { ...condition, ...range, frames, ...(orGo !== undefined && { orGo }) };
        }),
      { minLength: 1, maxLength: 5 },
    ),
    held: fc.constantFrom(0, 0, 128),
  }),
);

describe('a group with guards on the real machine', () => {
  it.each(['turbo', 'realtime'] as const)(
    '[I5] at %s runs the very frames that the rules say, and says so',
    (pace) => {
      const rom = recorderRom();
      fc.assert(
        fc.property(anyGroup, ({ presses, guards, held }) => {
          const table = new Table(rom, held, pace);
          const fates = table.run(presses, guards);
          const machine = new Machine({ rom, battery: undefined, sound: false });
          expect(fates).toEqual(model(machine, held, presses, guards));
          // At realtime the clock goes on, and other frames follow.
          if (pace === 'turbo') expect(table.machine.digest()).toBe(machine.digest());
        }),
        { numRuns: 60 },
      );
    },
    60_000,
  );

  it('stops with a whole picture, also where frames end in the middle of the screen', () => {
    const table = new Table(recorderRom(), 0, 'turbo');
    const presses = Array.from({ length: 9 }, () => ({ buttons: 1, hold: 7, gap: 0 }));
    const fates = table.run(presses, [{ address: RECORDER.frames, op: '>=', value: 15 }]);
    expect(fates.slice(2, 5)).toMatchObject([{ first: 14 }, { frame: 21 }, { frame: 21 }]);
    const machine = new Machine({ rom: recorderRom(), battery: undefined, sound: false });
    for (let frame = 0; frame < 21; frame++) machine.runFrame(1, true);
    expect(table.machine.digest()).toBe(machine.digest());
  });

  it('observes what did not run on the boundary that decided, and a waited member on its own last frame', () => {
    const table = new Table(recorderRom(), 0, 'turbo');
    const observe: Observe = { memory: [[RECORDER.frames, 1]] };
    const press = { buttons: 1, hold: 2, gap: 0, observe };
    const wait = { then: 'wait', frames: 30 } as const;
    table.run(
      [press, press],
      [
        { address: RECORDER.frames, op: '==', value: 9, count: 1, ...wait },
        { address: RECORDER.frames, op: '==', value: 200, from: 1, ...wait },
      ],
    );
    const seen = table.outcomes.map(({ observed }) => observed?.memory?.[0]?.[0]);
    const frames = table.outcomes.map(({ guard, firstFrame }) => guard?.frame ?? (firstFrame ?? 0) + 2);
    expect(seen).toEqual([11, 41]);
    expect((frames[1] ?? 0) - (frames[0] ?? 0)).toBe(30);
  });

  it('waits while it is frozen, and goes on with the clock', () => {
    const table = new Table(recorderRom(), 0, 'realtime');
    table.clock.advance(100);
    table.give(
      [{ buttons: 1, hold: 1, gap: 0 }],
      [{ address: RECORDER.frames, op: '==', value: 30, then: 'wait', frames: 100 }],
    );
    table.clock.advance(100);
    table.ask({ kind: 'freeze', frozen: true });
    table.clock.advance(10_000);
    expect(table.landed).toBe(false);
    table.ask({ kind: 'freeze', frozen: false });
    table.clock.advance(1000);
    expect(table.outcomes).toMatchObject([{ status: 'executed' }]);
    expect(table.outcomes[0]?.waited).toBeGreaterThan(10);
    expect(table.outcomes[0]?.waited).toBeLessThan(31);
  });
});
