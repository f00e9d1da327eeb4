import { describe, expect, it } from 'vitest';
import { Game } from '../../../../../../server/emulator/drivers/embedded/game.ts';
import { Machine } from '../../../../../../server/emulator/drivers/embedded/machine.ts';
import { FRAME_MS } from '../../../../../../server/emulator/drivers/embedded/pacer.ts';
import { flatten } from '../../../../../../server/emulator/drivers/embedded/timeline.ts';
import { Vitals } from '../../../../../../server/emulator/drivers/embedded/vitals.ts';
import type { FromWorker, Request } from '../../../../../../server/emulator/drivers/embedded/wire.ts';
import { keys, press } from '../../../../../support/embedded.ts';
import { FakeClock } from '../../../../../support/fake-clock.ts';
import { illegalRom, recorderRom } from '../../../../../support/test-rom.ts';

function open(rom = recorderRom(), firstFrame = 0) {
  const clock = new FakeClock();
  const vitals = new Vitals();
  const posted: FromWorker[] = [];
  const machine = new Machine({ rom, battery: undefined, sound: false });
  const post = (message: FromWorker) => void posted.push(message);
  // Timers of this clock are exact; what is left to sleep is too short to matter.
  const game = new Game({ machine, clock, vitals, post, nap: () => {}, panic: () => undefined }, firstFrame);
  let id = 0;
  const ask = (request: Request) => game.receive({ kind: 'request', id: ++id, request });
  return { game, clock, vitals, posted, ask, machine };
}

function realtime(speed = 1) {
  const opened = open();
  opened.ask({ kind: 'pace', pace: 'realtime', speed });
  opened.posted.length = 0;
  return opened;
}

describe('turbo', () => {
  it('stands still without inputs, and runs a batch at once when there is one', () => {
    const { game, clock, vitals, posted } = open(recorderRom(), 70);
    clock.advance(60_000);
    expect(vitals.frame).toBe(70);
    game.receive(flatten([press(1, 2, 1), press(2, 0, 0), keys(16)]));
    expect(posted).toEqual([[70, 3, 73, 0, 73, 1]]);
    expect(vitals.frame).toBe(74);
  });

  it('keeps outcomes of one slice together in one message', () => {
    const { game, posted } = open();
    game.receive(flatten(Array.from({ length: 50 }, () => press(1, 1, 0))));
    expect(posted).toHaveLength(1);
  });

  it('beats for every message and every frame', () => {
    const { game, vitals, ask } = open();
    const beats = [vitals.beats()];
    game.receive(flatten([press(1, 3, 0)]));
    beats.push(vitals.beats());
    ask({ kind: 'release' });
    beats.push(vitals.beats());
    expect(beats).toEqual([0n, 4n, 5n]);
  });
});

describe('a batch that is timed', () => {
  const timed = (steps: Parameters<typeof flatten>[0]) =>
    ({ kind: 'batch', steps: flatten(steps), observe: [], guards: undefined, timed: true }) as const;

  it('says of each step when the batch began, its first frame began and its last ended', () => {
    const { game, clock, posted } = realtime();
    clock.advance(9.5 * FRAME_MS);
    const startedAtMs = clock.now();
    game.receive(timed([press(1, 2, 1), press(0, 0, 0), press(2, 1, 0)]));
    // What is left of a wait is slept, which takes no time here.
    const frame = (number: number) => expect.closeTo(1000 + number * FRAME_MS - 1.5, 6);
    clock.advance(5 * FRAME_MS);
    expect(posted).toEqual([
      expect.objectContaining({
        outcomes: [10, 3, 13, 0],
        times: [startedAtMs, frame(10), frame(12), startedAtMs, frame(12), frame(12)],
      }),
      expect.objectContaining({ outcomes: [13, 1], times: [startedAtMs, frame(13), frame(13)] }),
    ]);
  });

  it('is followed by one that is not, of which nothing is noted', () => {
    const { game, posted } = open();
    game.receive(timed([press(1, 1, 0)]));
    game.receive(flatten([press(1, 1, 0)]));
    expect(posted).toEqual([expect.objectContaining({ times: [1000, 1000, 1000] }), [1, 1]]);
  });
});

describe('realtime', () => {
  it('runs whether or not anyone presses, without drift', () => {
    const { clock, vitals } = realtime();
    clock.advance(59.5 * FRAME_MS);
    expect(vitals.frame).toBe(60);
    clock.advance(60 * FRAME_MS);
    expect(vitals.frame).toBe(120);
  });

  it('runs at its speed', () => {
    const { clock, vitals } = realtime(4);
    clock.advance(9.9 * FRAME_MS);
    expect(vitals.frame).toBe(40);
  });

  it('[I1] starts a batch with the next frame and runs it without a frame between', () => {
    const { game, clock, posted } = realtime();
    clock.advance(9.5 * FRAME_MS);
    game.receive(flatten([press(1, 2, 1), press(0, 0, 0), press(2, 1, 0)]));
    expect(posted).toEqual([]);
    clock.advance(FRAME_MS);
    expect(posted).toEqual([]);
    clock.advance(3 * FRAME_MS);
    expect(posted).toEqual([
      [10, 3, 13, 0],
      [13, 1],
    ]);
  });

  it('holds keys from the next frame on until they change', () => {
    const { game, clock, posted, machine } = realtime();
    clock.advance(29.5 * FRAME_MS);
    game.receive(flatten([keys(16)]));
    clock.advance(10 * FRAME_MS);
    expect(posted).toEqual([[30, 1]]);
    expect([...machine.memory().read(0xc006, 1)]).toEqual([1]);
  });

  it('stops time when frozen, keeps the batch, and goes on at once after', () => {
    const { game, clock, vitals, posted, ask } = realtime();
    clock.advance(9.5 * FRAME_MS);
    game.receive(flatten([press(1, 3, 0)]));
    ask({ kind: 'freeze', frozen: true });
    clock.advance(10_000);
    expect(vitals.frame).toBe(10);
    ask({ kind: 'freeze', frozen: false });
    clock.advance(2.5 * FRAME_MS);
    expect(vitals.frame).toBe(13);
    expect(posted).toContainEqual([10, 3]);
    expect(vitals.framesGivenUp).toBe(0);
  });

  it('stands still again after a return to turbo', () => {
    const { clock, vitals, ask } = realtime();
    clock.advance(9.5 * FRAME_MS);
    ask({ kind: 'pace', pace: 'turbo', speed: 1 });
    clock.advance(10_000);
    expect(vitals.frame).toBe(10);
  });
});

describe('a trap', () => {
  it('[I2] tells what has finished before it, and nothing after', () => {
    const { game, posted, ask } = open(illegalRom(), 5);
    game.receive(flatten([press(2, 1, 0), press(1, 9, 0)]));
    expect(posted).toEqual([
      [5, 1],
      { kind: 'trapped', message: expect.stringMatching(/frame 6: .*unreachable/) },
    ]);
    ask({ kind: 'save' });
    expect(posted).toHaveLength(2);
  });
});
