/** All rollouts of the gateway: by session, and what they take together. */
import type { Checkpoints } from '../emulator/checkpoints.ts';
import type { RolloutEngine } from './engine.ts';
import { type RolloutLimits, SessionRollouts } from './session-rollouts.ts';

/** A session, as far as its rollouts go. */
export interface Owner {
  readonly id: string;
  /** SHA-256 of the ROM it plays, as hex. */
  readonly romHash: string;
  /** Name of the token it began with. */
  readonly owner: string;
}

export interface RolloutSettings extends RolloutLimits {
  /** Most frames of one run. */
  readonly maxFrames: number;
}

export class Rollouts {
  readonly settings: RolloutSettings;
  readonly #engine: RolloutEngine;
  readonly #checkpoints: Checkpoints;
  readonly #sessions = new Map<string, { readonly owner: string; readonly own: SessionRollouts }>();

  constructor(engine: RolloutEngine, settings: RolloutSettings, checkpoints: Checkpoints) {
    this.#engine = engine;
    this.settings = settings;
    this.#checkpoints = checkpoints;
  }

  /** Whether this gateway runs any. */
  get enabled(): boolean {
    return this.#engine.workers > 0;
  }

  /** Names this life of the gateway: another one knows nothing of its rollouts, and has nothing that they kept. */
  get life(): string {
    return this.#checkpoints.ofSessions.life;
  }

  /** Runs under way, runs that wait, and frames of all that have ended. */
  figures(): { readonly running: number; readonly queued: number; readonly frames: number } {
    return this.#engine.figures();
  }

  /** Bytes that rollouts hold: states to begin with, results that wait, and kept states. */
  get bytes(): number {
    let bytes = this.#checkpoints.ofSessions.bytes;
    for (const { own } of this.#sessions.values()) bytes += own.bytes;
    return bytes;
  }

  /** Rollouts under way of all sessions of a token. */
  openOf(owner: string): number {
    let open = 0;
    for (const each of this.#sessions.values()) if (each.owner === owner) open += each.own.open;
    return open;
  }

  /** Runs of a session that have not ended. */
  runsOf(session: string): number {
    return this.#sessions.get(session)?.own.left ?? 0;
  }

  /** Those of a session that plays. */
  of({ id, romHash, owner }: Owner): SessionRollouts {
    const known = this.#sessions.get(id);
    if (known !== undefined) return known.own;
    const { ofSessions } = this.#checkpoints;
    const own = new SessionRollouts(this.#engine, this.settings, ({ state, held, frame }, key) =>
      ofSessions.keep(id, romHash, key, { bytes: state, held, frame }),
    );
    this.#sessions.set(id, { owner, own });
    return own;
  }

  /** A session is over: nothing of it runs on, and what it kept is let go. */
  ended(session: string): void {
    this.#sessions.get(session)?.own.end();
    this.#sessions.delete(session);
    this.#checkpoints.ofSessions.forget(session);
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.keys()) this.ended(session);
    await this.#engine.close();
  }
}
