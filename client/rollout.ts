/// <reference lib="esnext.disposable" preserve="true" />
/** Many runs at once on games of the gateway's own, beside the live one: asked for, followed, and asked for again where an answer got lost. */
import { backoffMs } from '../shared/backoff.ts';
import { JoywireError } from '../shared/errors.ts';
import type { Encoding, Params } from '../shared/protocol.ts';
import type { RunResult, RunSpec, RunWants } from '../shared/rollout.ts';
import { Waiters } from '../shared/waiters.ts';
import type { Clock } from './clock.ts';
import { clientError } from './errors.ts';
import { paramsOf } from './options.ts';
import { cutRuns, type PlacedRun, type RolloutPart } from './rollout-parts.ts';
import { readResultPage, readRollout } from './rollout-results.ts';

/** What is wanted of every run of a rollout. */
export interface RolloutOptions extends RunWants {
  /** Cancels what has not ended; whoever waits for the rollout gets `aborted`. */
  readonly signal?: AbortSignal;
}

/** What a rollout needs of its session. */
export interface RolloutSession {
  call(method: string, params: Params): Promise<unknown>;
  /** Counts the calls so far that send entries: another number means that the game may have gone on. */
  readonly called: number;
  readonly encoding: Encoding;
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  /** An id that no other rollout of the session has. */
  newId(): string;
}

/**
 * Runs under way, made by `Client.rollout`. Each result comes once, as soon as its run has ended:
 * `for await (const { run, memory } of rollout) …`; or all of them at the end, in the order of the runs: `await rollout.all()`. Both may be
 * used, and more than once. Leaving the loop early cancels what has not ended.
 *
 * It goes on over a broken connection, and when the gateway is restarted what has no result is submitted again; with `keep` all of
 * it, because what was kept is gone: at the end every checkpoint that a result names is there, also those handed out before. A
 * restart after the end takes them. It throws a `JoywireError` when the gateway refuses it, when the session ends, and `call_lost`
 * when the session's own game, with which runs were to begin, has gone on in the meantime so that they cannot be submitted again, or
 * when a state that was kept before a restart cannot be kept again.
 */
export interface Rollout extends AsyncIterable<RunResult> {
  /** How many runs there are. */
  readonly total: number;
  /** How many have a result so far. */
  readonly finished: number;
  /** Every result, by position in the runs. */
  all(): Promise<readonly RunResult[]>;
  /** What has not ended is `cancelled`; its results come all the same. */
  cancel(): void;
}

const FIRST_TRY = 1;

/** What following a rollout came to. */
interface Followed {
  /** Runs that it did not bring, because the gateway does not know it. */
  readonly left: readonly PlacedRun[];
  /** The life of the gateway that told the latest results. */
  readonly gateway: string | undefined;
}

export class ClientRollout implements Rollout {
  readonly total: number;
  readonly #session: RolloutSession;
  readonly #wants: Params;
  readonly #called: number;
  readonly #results: RunResult[] = [];
  /** Where in the results that of a run is. */
  readonly #places = new Map<number, number>();
  #stopListening: () => void = () => undefined;
  #over = false;
  #cancelled = false;
  #failure: JoywireError | undefined;
  /** The next result, or its being over. */
  readonly #news = new Waiters();
  /** The life of the gateway that told the latest results. */
  #gateway: string | undefined;
  /** Ids of the calls that are being followed. */
  readonly #following = new Set<string>();
  /** Of the session's own game, where runs begin with it. */
  #frame: number | undefined;
  /** What the session's own game was kept as, for runs that do not fit one call. */
  #origin: string | undefined;

  constructor(runs: readonly (string | RunSpec)[], options: RolloutOptions, session: RolloutSession) {
    const { signal, ...wants } = options;
    this.total = runs.length;
    this.#session = session;
    this.#wants = paramsOf({ ...wants });
    this.#called = session.called;
    const placed = runs.map((run, at) => ({ ...(typeof run === 'string' ? { script: run } : run), at }));
    void this.#run(placed).then(
      () => this.#finish(),
      (error: unknown) => this.#finish(error),
    );
    if (signal !== undefined) this.#abortWith(signal);
  }

  get finished(): number {
    return this.#results.length;
  }

  async all(): Promise<readonly RunResult[]> {
    while (!this.#over) await this.#news.next();
    if (this.#failure !== undefined) throw this.#failure;
    return this.#results.toSorted((a, b) => a.run - b.run);
  }

  cancel(): void {
    if (this.#cancelled || this.#over) return;
    this.#cancelled = true;
    for (const rollout of this.#following) this.#tellCancel(rollout);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunResult, undefined, undefined> {
    try {
      for (let at = 0; ; at += 1) {
        while (at >= this.#results.length && !this.#over) {
          await this.#news.next();
        }
        const result = this.#results[at];
        if (result === undefined) break;
        yield result;
      }
      if (this.#failure !== undefined) throw this.#failure;
      return undefined;
    } finally {
      this.cancel();
    }
  }

  async #run(runs: readonly PlacedRun[]): Promise<void> {
    const { maxMessageBytes } = this.#session;
    const keeps = this.#wants['keep'] === true;
    const parts = cutRuns(runs, maxMessageBytes).map(
      (part): RolloutPart => ({
        runs: part,
        id: keeps ? this.#session.newId() : undefined,
        gateway: undefined,
      }),
    );
    const own = runs.some(({ from }) => from === undefined);
    // Later calls would find the game elsewhere.
    if (parts.length > 1 && own) await this.#keepOrigin();
    try {
      for (const part of parts) await this.#runPart(part);
      if (keeps) await this.#keepAgain(parts);
    } finally {
      this.#forgetOrigin();
    }
  }

  /** What parts kept that ran before a restart is gone: they run again, until all is in one life of the gateway. */
  async #keepAgain(parts: readonly RolloutPart[]): Promise<void> {
    const isLost = ({ gateway }: RolloutPart) => gateway !== this.#gateway;
    for (let lost = parts.find(isLost); lost !== undefined; lost = parts.find(isLost)) {
      await this.#runPart(lost);
      // It is given up, and nothing of it is kept.
      if (this.#cancelled) lost.gateway = this.#gateway;
    }
  }

  /** Submits the runs, and again those without a result when the gateway knows nothing of them any more; where states are kept, all. */
  async #runPart(part: RolloutPart): Promise<void> {
    let left = part.runs;
    while (left.length > 0) {
      if (this.#cancelled) return this.#cancelAll(left);
      const rollout = await this.#submit(left, this.#wants, part.id);
      const runs = left;
      const followed = await this.#follow(rollout, runs, (result) => this.#add(result));
      part.gateway = followed.gateway;
      // What it kept went with the gateway that knew it.
      left = followed.left.length > 0 && part.id !== undefined ? part.runs : followed.left;
      if (left.length > 0 && !this.#cancelled) await this.#mayRepeat(left);
    }
  }

  /** Tells each result of a submitted rollout once. */
  async #follow(
    rollout: string,
    runs: readonly PlacedRun[],
    tell: (result: RunResult) => void,
  ): Promise<Followed> {
    const left = new Set(runs);
    let gateway: string | undefined;
    this.#following.add(rollout);
    if (this.#cancelled) this.#tellCancel(rollout);
    try {
      for (let after = 0, done = false; !done; ) {
        const value = await this.#session.call('rollout_results', { rollout, after, now: true });
        const page = readResultPage(value, this.#session.encoding);
        for (const result of page.results) {
          const run = runs[result.run];
          if (run === undefined || !left.delete(run)) throw twice(result.run);
          tell({ ...result, run: run.at });
        }
        after += page.results.length;
        ({ done, gateway } = page);
        this.#gateway = gateway;
      }
    } catch (error) {
      if (!hasCode(error, 'unknown_rollout')) throw error;
    } finally {
      this.#following.delete(rollout);
    }
    return { left: [...left], gateway };
  }

  /** Begins a rollout; its id. */
  async #submit(runs: readonly PlacedRun[], wants: Params, id?: string): Promise<string> {
    for (let attempt = FIRST_TRY; ; attempt += 1) {
      const rollout = id ?? this.#session.newId();
      const origin = this.#origin;
      const specs = runs.map(({ script, from = origin }) => paramsOf({ script, from }));
      let value: unknown;
      try {
        value = await this.#session.call('rollout', { ...wants, rollout, runs: specs });
      } catch (error) {
        // It may have arrived: whoever follows it finds out.
        if (hasCode(error, 'call_lost')) return rollout;
        if (hasCode(error, 'too_many_rollouts')) await this.#later(attempt, runs);
        else if (hasCode(error, 'unknown_checkpoint') && origin !== undefined) {
          await this.#mayRepeat(runs);
          if (this.#origin === origin) throw error;
        } else throw error;
        continue;
      }
      this.#check(readRollout(value).frame, rollout);
      return rollout;
    }
  }

  /** Keeps the session's own game, so that runs can begin with it later. */
  async #keepOrigin(): Promise<void> {
    this.#origin = undefined;
    const runs = [{ script: '', at: 0 }];
    const rollout = await this.#submit(runs, { keep: true });
    const kept: RunResult[] = [];
    await this.#follow(rollout, runs, (result) => kept.push(result));
    const [result] = kept;
    if (result?.status === 'cancelled') return;
    if (result === undefined) throw clientError('call_lost');
    if (result.checkpoint === undefined) throw new JoywireError(result.code ?? 'bug', result.message ?? '');
    this.#origin = result.checkpoint;
  }

  #forgetOrigin(): void {
    if (this.#origin === undefined) return;
    // It goes with the session anyway.
    this.#session.call('delete_checkpoint', { name: this.#origin, now: true }).catch(() => undefined);
  }

  /** Where runs begin with the session's own game, that must still be where it was. @throws JoywireError `call_lost` */
  async #mayRepeat(runs: readonly PlacedRun[]): Promise<void> {
    if (runs.every(({ from }) => from !== undefined)) return;
    if (this.#session.called !== this.#called || this.#frame === undefined) throw clientError('call_lost');
    if (this.#origin !== undefined) await this.#keepOrigin();
  }

  #check(frame: number | undefined, rollout: string): void {
    this.#frame ??= frame;
    if (frame === this.#frame || frame === undefined) return;
    this.#tellCancel(rollout);
    throw clientError('call_lost');
  }

  /** Other rollouts of the session have to make room. */
  async #later(attempt: number, runs: readonly PlacedRun[]): Promise<void> {
    const { clock } = this.#session;
    const own = this.#origin === undefined && runs.some(({ from }) => from === undefined);
    await new Promise<void>((resolve) => clock.after(backoffMs(attempt, clock.random(), WAITS), resolve));
    if (own && this.#session.called !== this.#called) throw clientError('call_lost');
  }

  /** A result, or that of a run that was run again: it takes the place of the other. @throws JoywireError `call_lost` */
  #add(result: RunResult): void {
    const at = this.#places.get(result.run);
    const before = at === undefined ? undefined : this.#results[at];
    if (at !== undefined) this.#results[at] = result;
    else this.#places.set(result.run, this.#results.push(result) - 1);
    const lost = before?.checkpoint;
    if (lost !== undefined && lost !== result.checkpoint && !this.#cancelled) throw keptNoMore(lost, result);
    this.#news.tell();
  }

  #cancelAll(runs: readonly PlacedRun[]): void {
    for (const { at } of runs) this.#add({ run: at, status: 'cancelled', frames: 0 });
  }

  /** What became of it shows in the results. */
  #tellCancel(rollout: string): void {
    this.#session.call('cancel_rollout', { rollout, now: true }).catch(() => undefined);
  }

  #finish(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (error !== undefined) {
      this.#failure =
        error instanceof JoywireError ? error : new JoywireError('bug', 'a rollout failed', { cause: error });
    }
    this.#stopListening();
    this.#news.tell();
  }

  #abortWith(signal: AbortSignal): void {
    const abort = () => {
      this.cancel();
      this.#finish(clientError('aborted', 'the rollout was aborted', signal.reason));
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    this.#stopListening = () => signal.removeEventListener('abort', abort);
  }
}

/** Waits for room, in ms. */
const WAITS = { baseMs: 20, maxMs: 1000 };

function hasCode(error: unknown, code: string): boolean {
  return error instanceof JoywireError && error.code === code;
}

function keptNoMore(name: string, { run, message = '' }: RunResult): JoywireError {
  return clientError(
    'call_lost',
    `the gateway was restarted, and what run ${run} kept as ${name} could not be kept again: ${message}`,
  );
}

function twice(run: number): JoywireError {
  return clientError(
    'protocol_error',
    `the gateway sent a result of run ${run}, which it was not asked for or has sent before`,
  );
}
