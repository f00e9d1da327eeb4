/** How a game is, in a word. Pure. */
import type { EmulatorListing, Stats } from '../../index.ts';

export interface Health {
  readonly tone: 'good' | 'slow' | 'bad' | 'idle';
  readonly word: string;
}

/** Waiting entries from which on a game is behind. */
const MANY_WAITING = 64;

export function healthOf(
  { health, load, expiresInMs, state }: EmulatorListing,
  stats: Stats | undefined,
): Health {
  if (state === 'starting') return { tone: 'idle', word: 'starting' };
  if (health !== null && health.state !== 'healthy') {
    return { tone: health.state === 'slow' ? 'slow' : 'bad', word: health.state };
  }
  if (expiresInMs !== null)
    return { tone: 'slow', word: `disconnected, ends in ${Math.ceil(expiresInMs / 1000)} s` };
  if (load !== null && load.outstanding >= MANY_WAITING) {
    return { tone: 'slow', word: `${load.outstanding} waiting` };
  }
  const outcomes = stats?.sinceLast.outcomes;
  if (outcomes !== undefined && outcomes.failed + outcomes.unknown > 0)
    return { tone: 'bad', word: 'failing' };
  const busy = stats !== undefined && (stats.sinceLast.inputs > 0 || stats.sinceLast.frames > 0);
  return busy ? { tone: 'good', word: 'running' } : { tone: 'idle', word: 'waiting for input' };
}
