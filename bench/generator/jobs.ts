/** What the generator can do to a server, and what it saw. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ignore, PressConnection, type Target } from './connection.ts';
import { fleet, openAll } from './fleet.ts';

/** Connections that are open already (`fleet.ts`). */
export interface OpenFleet {
  readonly fleet: string;
}

/** Each connection keeps `window` presses outstanding: 1 is ping-pong. */
export interface ClosedLoop {
  /** Opened for the job, and closed after it; or those that are there. */
  readonly target: Target | OpenFleet;
  readonly connections: number;
  readonly window: number;
  readonly durationMs: number;
}

/** Each connection presses `perSecond` times a second, whatever comes back. */
export interface Paced {
  readonly target: Target | OpenFleet;
  readonly connections: number;
  readonly perSecond: number;
  readonly durationMs: number;
}

/** One connection sends `size` presses in one write, waits for all answers and `pauseMs`, and does it again until stopped. */
export interface Bursts {
  readonly target: Target;
  readonly size: number;
  readonly pauseMs: number;
}

export interface Seen {
  /** Presses answered within the measured time, and that time. */
  readonly answered: number;
  readonly elapsedMs: number;
  /** Presses sent in all. */
  readonly sent: number;
  /** Round trips in µs, sorted; empty where presses overlap. */
  readonly roundTripsUs: Float64Array;
  /** What was wrong: lost, out of order, not executed. */
  readonly faults: readonly string[];
}

/** Of `durationMs`, how much runs before it counts: a session's first presses meet a game that has just been started. */
const WARM_UP = 0.2;
/** How long answers may be missing before they are lost. */
const LOST_MS = 10_000;

export async function closedLoop({ target, connections, window, durationMs }: ClosedLoop): Promise<Seen> {
  const crew = await Crew.of(target, connections);
  const { all } = crew;
  const roundTripsUs: number[] = [];
  let measuring = false;
  let pressing = true;
  for (const connection of all) {
    let sentAtMs = performance.now();
    connection.onAnswers = (count) => {
      const now = performance.now();
      if (measuring && window === 1) roundTripsUs.push((now - sentAtMs) * 1000);
      sentAtMs = now;
      if (pressing) connection.press(count);
    };
    connection.press(window);
  }
  await sleep(durationMs * WARM_UP);
  measuring = true;
  const startMs = performance.now();
  const before = answeredBy(all);
  await sleep(durationMs * (1 - WARM_UP));
  const elapsedMs = performance.now() - startMs;
  const answered = answeredBy(all) - before;
  measuring = false;
  pressing = false;
  return await crew.finish({ answered, elapsedMs, roundTripsUs });
}

export async function paced({ target, connections, perSecond, durationMs }: Paced): Promise<Seen> {
  const crew = await Crew.of(target, connections);
  const { all } = crew;
  const roundTripsUs: number[] = [];
  const sentAtMs = all.map((): number[] => []);
  const stepMs = 1000 / (connections * perSecond);
  const startMs = performance.now();
  const warmUpMs = startMs + durationMs * WARM_UP;
  for (const [index, connection] of all.entries()) {
    connection.onAnswers = (count) => {
      const now = performance.now();
      for (const sent of sentAtMs[index]?.splice(0, count) ?? []) {
        if (sent >= warmUpMs) roundTripsUs.push((now - sent) * 1000);
      }
    };
  }
  for (let press = 0; press * stepMs < durationMs; press++) {
    const waitMs = startMs + press * stepMs - performance.now();
    // Timers are whole milliseconds: what is due sooner goes with what is due now.
    if (waitMs > 0.5) await sleep(waitMs);
    const index = press % connections;
    // From when it really goes: a late generator is not the server's fault.
    sentAtMs[index]?.push(performance.now());
    all[index]?.press(1);
  }
  const elapsedMs = performance.now() - startMs;
  return await crew.finish({ answered: answeredBy(all) - crew.answeredBefore, elapsedMs, roundTripsUs });
}

/** Bursts until the returned function is called, which tells what was seen: `answered` counts presses, not bursts. */
export async function bursts({ target, size, pauseMs }: Bursts): Promise<() => Promise<Seen>> {
  const crew = await Crew.of(target, 1);
  const { all } = crew;
  const roundTripsUs: number[] = [];
  const startMs = performance.now();
  let stopped = false;
  for (const connection of all) {
    let sentAtMs = startMs;
    const burst = () => {
      if (stopped) return;
      sentAtMs = performance.now();
      connection.press(size);
    };
    connection.onAnswers = () => {
      if (connection.answered < connection.sent) return;
      roundTripsUs.push((performance.now() - sentAtMs) * 1000);
      setTimeout(burst, pauseMs);
    };
    burst();
  }
  return () => {
    stopped = true;
    return crew.finish({ answered: answeredBy(all), elapsedMs: performance.now() - startMs, roundTripsUs });
  };
}

/** The connections that do a job. */
class Crew {
  readonly all: readonly PressConnection[];
  /** Presses that were answered and sent before this job. */
  readonly answeredBefore: number;
  readonly #sentBefore: number;
  readonly #closes: boolean;

  private constructor(all: readonly PressConnection[], closes: boolean) {
    this.all = all;
    this.#closes = closes;
    this.answeredBefore = answeredBy(all);
    this.#sentBefore = sentBy(all);
  }

  static async of(target: Target | OpenFleet, connections: number): Promise<Crew> {
    if ('fleet' in target) return new Crew(fleet(target.fleet).slice(0, connections), false);
    return new Crew(await openAll(target, connections), true);
  }

  /** Waits for what is still outstanding, and says what is missing. */
  async finish(seen: { answered: number; elapsedMs: number; roundTripsUs: number[] }): Promise<Seen> {
    const { all } = this;
    const deadlineMs = performance.now() + LOST_MS;
    while (all.some(outstanding) && performance.now() < deadlineMs) await sleep(2);
    const faults = all.flatMap(({ fault, sent, answered }) => {
      if (fault !== undefined) return [fault];
      return sent === answered ? [] : [`${sent} presses were sent and ${answered} answered`];
    });
    const sent = sentBy(all) - this.#sentBefore;
    if (this.#closes) await Promise.all(all.map((connection) => connection.close()));
    else for (const connection of all) connection.onAnswers = ignore;
    return { ...seen, sent, roundTripsUs: Float64Array.from(seen.roundTripsUs).sort(), faults };
  }
}

function answeredBy(all: readonly PressConnection[]): number {
  return all.reduce((sum, { answered }) => sum + answered, 0);
}

function sentBy(all: readonly PressConnection[]): number {
  return all.reduce((sum, { sent }) => sum + sent, 0);
}

function outstanding({ fault, sent, answered }: PressConnection): boolean {
  return fault === undefined && answered < sent;
}
