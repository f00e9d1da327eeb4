/** The rollouts of one session: by their ids, each begun once however often it is asked for. */
import { type Refused, refused } from '../session/call-result.ts';
import type { RolloutEngine } from './engine.ts';
import { type PlannedRun, Rollout, type RolloutPlan, stateBytesOf } from './rollout.ts';
import type { RunStart } from './wire.ts';

export interface RolloutLimits {
  /** Most rollouts of a session whose results are not all fetched. */
  readonly maxRollouts: number;
  /** Most bytes of the states that they begin with, and again of those that they keep. */
  readonly maxStateBytes: number;
}

/** What became of beginning one. `frame` is that of the session's own game, where a run begins with it. */
export type Begun =
  | { readonly ok: true; readonly rollout: Rollout; readonly frame: number | undefined }
  | Refused;

export type Planned =
  | { readonly ok: true; readonly plan: RolloutPlan; readonly frame: number | undefined }
  | Refused;

/** Bytes of results that may wait for a session to fetch them; beyond that no further run of its begins. */
const MAX_RESULT_BYTES = 16 * 1024 * 1024;

/** Keeps a run's last state; its name, or undefined when there is no room. `key` says whose it is among those of the session. */
export type KeepState = (start: RunStart, key: string) => string | undefined;

interface Entry {
  readonly begun: Promise<Begun>;
  /** Undefined while it is being prepared. */
  rollout: Rollout | undefined;
}

export class SessionRollouts {
  readonly #engine: RolloutEngine;
  readonly #limits: RolloutLimits;
  readonly #keep: KeepState;
  readonly #entries = new Map<string, Entry>();
  #ended = false;

  constructor(engine: RolloutEngine, limits: RolloutLimits, keep: KeepState) {
    this.#engine = engine;
    this.#limits = limits;
    this.#keep = keep;
  }

  /** Rollouts that are not over, or whose end was not told. */
  get open(): number {
    return [...this.#entries.values()].filter(({ rollout }) => rollout?.told !== true).length;
  }

  /** Runs that have not ended. */
  get left(): number {
    return this.#sum(({ total, finished }) => total - finished);
  }

  /** Bytes of states to begin with, and of results that wait. */
  get bytes(): number {
    return this.#sum((rollout) => rollout.stateBytes + rollout.resultBytes);
  }

  /** One that was begun before, also one that is being prepared. */
  find(id: string): Promise<Begun> | undefined {
    return this.#entries.get(id)?.begun;
  }

  /** Begins one when it is prepared. What was refused may be tried again under the same id. */
  begin(id: string, prepare: () => Promise<Planned>): Promise<Begun> {
    this.#forgetTold();
    const begun = this.#begin(id, prepare);
    this.#entries.set(id, { begun, rollout: undefined });
    return begun;
  }

  /** Why runs begin with too much; undefined if they do not. */
  problem(runs: readonly PlannedRun[]): Refused | undefined {
    const { maxStateBytes } = this.#limits;
    const wanted = stateBytesOf(runs);
    if (wanted > maxStateBytes) {
      return refused(
        'invalid_params',
        `runs: the states they begin with have ${wanted} bytes; allowed: at most ${maxStateBytes}`,
      );
    }
    const held = this.#sum(({ stateBytes }) => stateBytes);
    if (held + wanted <= maxStateBytes) return undefined;
    const message = `the states that rollouts under way begin with have ${held} bytes; with ${wanted} more it would be more than ${maxStateBytes}`;
    return refused('too_many_rollouts', message);
  }

  cancel(rollout: Rollout): void {
    rollout.cancel();
    this.#engine.remove(rollout);
  }

  /** The session is over. */
  end(): void {
    this.#ended = true;
    for (const { rollout } of this.#entries.values()) {
      if (rollout === undefined) continue;
      this.cancel(rollout);
      rollout.release();
    }
    this.#entries.clear();
  }

  async #begin(id: string, prepare: () => Promise<Planned>): Promise<Begun> {
    const planned = await prepare();
    const entry = this.#entries.get(id);
    if (this.#ended || entry === undefined) return refused('session_ended', 'the session is over');
    if (!planned.ok) {
      this.#entries.delete(id);
      return planned;
    }
    const rollout = this.#rollout(id, planned.plan);
    entry.rollout = rollout;
    this.#engine.add(rollout);
    return { ok: true, rollout, frame: planned.frame };
  }

  #rollout(id: string, plan: RolloutPlan): Rollout {
    const rollout: Rollout = new Rollout(plan, {
      keep: (start, run) => this.#keep(start, `${id} ${run}`),
      roomy: () => this.#sum(({ resultBytes }) => resultBytes) < MAX_RESULT_BYTES,
      onProgress: () => {
        if (rollout.over) this.#engine.remove(rollout);
        this.#engine.pump();
      },
    });
    return rollout;
  }

  /** Those whose client knows the end are kept for a while: its last answer may have been lost. */
  #forgetTold(): void {
    const told = [...this.#entries].filter(([, { rollout }]) => rollout?.told === true);
    for (const [id] of told.slice(0, Math.max(0, told.length - this.#limits.maxRollouts + 1))) {
      this.#entries.delete(id);
    }
  }

  #sum(of: (rollout: Rollout) => number): number {
    let sum = 0;
    for (const { rollout } of this.#entries.values()) sum += rollout === undefined ? 0 : of(rollout);
    return sum;
  }
}
