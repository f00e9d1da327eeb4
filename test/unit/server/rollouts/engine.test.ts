import { describe, expect, it } from 'vitest';
import { RolloutEngine, type RunSource } from '../../../../server/rollouts/engine.ts';
import type { Lane, LaneEvents } from '../../../../server/rollouts/lane.ts';
import type { RunEnd, RunOrder } from '../../../../server/rollouts/wire.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const ORDER: RunOrder = {
  machine: { key: 'rom', rom: new Uint8Array(), sound: false },
  start: { state: new Uint8Array(), held: 0, frame: 0 },
  script: '',
  maxFrames: 1,
  memory: undefined,
  hash: false,
  screen: undefined,
  keep: false,
  outcomes: false,
};

/** A thread whose runs end when the test says so. */
class FakeLane implements Lane {
  readonly events: LaneEvents;
  readonly ids: number[] = [];
  readonly cancelled: number[] = [];
  closed = false;

  constructor(events: LaneEvents) {
    this.events = events;
  }

  get pending(): number {
    return this.ids.length;
  }

  run(id: number): void {
    this.ids.push(id);
  }

  cancel(id: number): void {
    this.cancelled.push(id);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** The run that is under way ends. */
  end(end: RunEnd = { status: 'done', frames: 10 }): void {
    const id = this.ids.shift();
    if (id !== undefined) this.events.ended(id, end);
  }

  /** The thread is gone. */
  break(): void {
    const [id, ...others] = this.ids.splice(0);
    const end: RunEnd = { status: 'failed', frames: 0, code: 'emulator_crashed' };
    this.events.broke(id === undefined ? undefined : { id, end }, others);
  }
}

/** Runs that are numbered from 0. */
class Source implements RunSource {
  readonly session: string;
  readonly ran: { readonly run: number; readonly status: string }[] = [];
  readonly #left: number[];

  constructor(session: string, count: number) {
    this.session = session;
    this.#left = Array.from({ length: count }, (_, at) => at);
  }

  get queued(): number {
    return this.#left.length;
  }

  take() {
    return { run: this.#left.shift() ?? -1, order: ORDER };
  }

  returned(run: number): void {
    this.#left.unshift(run);
  }

  ended(run: number, { status }: RunEnd): void {
    this.ran.push({ run, status });
  }
}

function rig(workers: number) {
  const clock = new FakeClock();
  const lanes: FakeLane[] = [];
  const unfair: string[] = [];
  const engine = new RolloutEngine({
    workers,
    clock,
    openLane: (events) => {
      const lane = new FakeLane(events);
      lanes.push(lane);
      return lane;
    },
    onUnfair: (why) => unfair.push(why),
  });
  /** Ends runs, one of each thread after the other, until there are none. */
  const endAll = () => {
    while (lanes.some(({ pending }) => pending > 0)) for (const lane of lanes) lane.end();
  };
  return { clock, lanes, unfair, engine, endAll };
}

const sorted = (runs: readonly { readonly run: number }[]) =>
  runs.map(({ run }) => run).toSorted((a, b) => a - b);

describe('the engine', () => {
  it('starts as many threads as there is work for, and no more than it may', () => {
    const { engine, lanes, endAll } = rig(3);
    engine.add(new Source('a', 2));
    expect(lanes.map(({ pending }) => pending)).toEqual([1, 1]);
    const many = new Source('b', 20);
    engine.add(many);
    expect(lanes).toHaveLength(3);
    endAll();
    expect(sorted(many.ran)).toEqual(Array.from({ length: 20 }, (_, at) => at));
    expect(engine.figures()).toEqual({ running: 0, queued: 0, frames: 220 });
  });

  it('gives a thread its next run ahead only while there are plenty for all', () => {
    const { engine, lanes } = rig(2);
    engine.add(new Source('a', 8));
    expect(lanes.map(({ pending }) => pending)).toEqual([2, 2]);
    lanes[0]?.end();
    expect(lanes.map(({ pending }) => pending)).toEqual([1, 2]);
    lanes[0]?.end();
    expect(lanes.map(({ pending }) => pending)).toEqual([1, 2]);
  });

  it('runs on another thread what a broken one had not begun, and fails what broke it', () => {
    const { engine, lanes, endAll } = rig(1);
    const source = new Source('a', 6);
    engine.add(source);
    lanes[0]?.break();
    expect(lanes).toHaveLength(2);
    endAll();
    expect(source.ran[0]).toEqual({ run: 0, status: 'failed' });
    const others = source.ran.slice(1);
    expect(sorted(others)).toEqual([1, 2, 3, 4, 5]);
    expect(others.every(({ status }) => status === 'done')).toBe(true);
  });

  it('begins nothing more of a source that is removed, and cancels what is under way', () => {
    const { engine, lanes } = rig(1);
    const source = new Source('a', 5);
    engine.add(source);
    engine.remove(source);
    expect(lanes[0]?.cancelled).toEqual(lanes[0]?.ids);
    lanes[0]?.end({ status: 'cancelled', frames: 3 });
    lanes[0]?.end({ status: 'cancelled', frames: 0 });
    expect(source.ran.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
    expect(lanes[0]?.pending).toBe(0);
  });

  it('ends threads that had nothing to run for a while, and starts others when there is something', async () => {
    const { clock, engine, lanes, endAll } = rig(1);
    engine.add(new Source('a', 1));
    endAll();
    clock.advance(29_000);
    engine.add(new Source('a', 1));
    clock.advance(60_000);
    expect(lanes.map(({ closed }) => closed)).toEqual([false]);
    endAll();
    clock.advance(30_001);
    expect(lanes.map(({ closed }) => closed)).toEqual([true]);
    const last = new Source('a', 1);
    engine.add(last);
    endAll();
    expect(last.ran).toEqual([{ run: 0, status: 'done' }]);
    await engine.close();
    expect(lanes.map(({ closed }) => closed)).toEqual([true, true]);
    engine.add(new Source('a', 1));
    expect(lanes).toHaveLength(2);
  });

  it('says once that its threads do not give way', () => {
    const { engine, lanes, unfair } = rig(2);
    engine.add(new Source('a', 2));
    for (const lane of lanes) lane.events.unfair('no /proc');
    expect(unfair).toEqual(['no /proc']);
  });
});
