/** The emulators of a gateway, and who plays on them, as the `emulators` call and `GET /emulators` list them. */
import type { Pool, PoolListing } from '../emulator/pool.ts';
import type { Rollouts } from '../rollouts/rollouts.ts';
import type { SessionRegistry } from './registry.ts';
import type { Load } from './session.ts';

export interface EmulatorListing extends PoolListing {
  /** What the session that controls it is called; null without one, or without a label. */
  readonly label: string | null;
  /** Sessions that play on it without control: first whoever gets it next. */
  readonly others: readonly { readonly session: string; readonly label: string | null }[];
  /** What its session has under way; `rollouts` are the runs of those that have not ended. */
  readonly load: (Load & { readonly rollouts: number }) | null;
  /** Time until its session ends because nobody resumes it; null while the session has a connection. */
  readonly expiresInMs: number | null;
}

/** Every place of the pool, with the load and speed of the session that plays on it. */
export function listEmulators(
  pool: Pool,
  sessions: Pick<SessionRegistry, 'players'>,
  rollouts: Pick<Rollouts, 'runsOf'>,
): EmulatorListing[] {
  return pool.list().map((place) => {
    const { controller, others } = sessions.players(place.id);
    return {
      ...place,
      session: controller?.id ?? place.session,
      label: controller?.label ?? null,
      others: others.map(({ id, label = null }) => ({ session: id, label })),
      load: controller ? { ...controller.load(), rollouts: rollouts.runsOf(controller.id) } : null,
      expiresInMs: controller?.expiresInMs() ?? null,
    };
  });
}
