/** Brings back the sessions of a run that was not over when an earlier gateway ended, on a game that is rebuilt from the journal. */
import type { Emulator } from '../emulator/emulator.ts';
import type { Pool } from '../emulator/pool.ts';
import type { History, SessionHistory } from '../journal/history.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import type { RestoredRun, RunJournals } from '../journal/run-journals.ts';
import type { Log } from '../log.ts';
import { takerOf } from './control.ts';
import type { SessionIdentity } from './identity.ts';
import type { Session, SessionSettings } from './session.ts';

export interface RestorationDeps {
  readonly pool: Pool;
  readonly journals: RunJournals | undefined;
  readonly log: Log;
  /** How many acked outcomes a session keeps for repeats. */
  readonly keptOutcomes: number;
  readonly create: (
    who: SessionIdentity,
    settings: SessionSettings,
    emulator: Emulator,
    journal: RunJournal,
    restored: SessionHistory,
  ) => Session;
  /** Nothing can be put on record of this emulator, or (undefined) it can be again. */
  readonly onStall: (emulator: Emulator, why: string | undefined) => void;
}

export class Restoration {
  readonly #deps: RestorationDeps;

  constructor(deps: RestorationDeps) {
    this.#deps = deps;
  }

  /** @throws JoywireError when the game cannot be brought back */
  async restore(run: RestoredRun): Promise<void> {
    const { pool, journals, log, onStall } = this.#deps;
    const { history } = run;
    const live = playing(history);
    const last = live.at(-1);
    if (last === undefined) return;
    const id = last.record.session;
    const lease = await pool.restore(id, history.header, run.open);
    if (!lease.ok) {
      log.error('session not restored', { session: id, why: lease.message });
      return;
    }
    const { emulator } = lease;
    const journal = run.journal((why) => onStall(emulator, why));
    // Control was just about to come back to it when the gateway ended.
    const pace = last.record.settings.paceBefore ?? history.pace;
    await emulator.restore(journal, pace, history.lastBatchId);
    journals?.keep(emulator, journal);
    const sessions = live.map((restored) => this.#session(restored, emulator, journal));
    const controller = sessions.pop();
    if (controller === undefined) return;
    for (const [at, session] of sessions.entries()) {
      session.standing.standAside(takerOf(controller), live[at]?.record.settings.paceBefore ?? history.pace);
    }
    controller.presence.tell(history.header.core === undefined ? 'emulator_replaced' : 'emulator_rebuilt', {
      emulator: emulator.id,
      cause: 'restarted',
      message: 'the gateway was restarted',
      frame: emulator.frame,
    });
  }

  #session(restored: SessionHistory, emulator: Emulator, journal: RunJournal): Session {
    const { session: id, label, owner, role, secretHash, settings } = restored.record;
    const who = { id, label, owner, role, secretHash: Buffer.from(secretHash, 'hex') };
    const { keptOutcomes } = this.#deps;
    return this.#deps.create(who, { ...settings, keptOutcomes }, emulator, journal, restored);
  }
}

/** The sessions that were not over. Who controls the emulator comes last: on top of the others. */
function playing(history: History): SessionHistory[] {
  return history.sessions
    .filter(({ ended }) => ended === undefined)
    .toSorted((a, b) => Number(isController(a, history)) - Number(isController(b, history)));
}

/** Where control never changed, there is but one. */
function isController({ record }: SessionHistory, { controller }: History): boolean {
  return record.index === controller;
}
