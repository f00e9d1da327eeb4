/** The figures of a session or of the whole gateway, as they come. */
import { useEffect, useState } from 'preact/hooks';
import type { Client, Stats } from '../../index.ts';

/** Calls `take` with each payload, until the returned function is called. */
export function followStats(
  client: Client,
  options: { readonly session: string | undefined; readonly intervalMs: number },
  take: (stats: Stats) => void,
): () => void {
  const { session, intervalMs } = options;
  const subscription = client.stats({
    intervalMs,
    ...(session === undefined ? { scope: 'gateway' } : { scope: 'session', session }),
  });
  const read = async () => {
    for await (const { payload } of subscription) take(payload);
  };
  read().catch(() => undefined); // The session has ended, or the connection, which the lobby tells.
  return () => subscription.close();
}

/** Between two figures of a session, in ms. */
export const STATS_MS = 1000;

/** The latest figures of one session. */
export function useSessionStats(client: Client | undefined, session: string | null): Stats | undefined {
  const [stats, setStats] = useState<Stats>();
  useEffect(() => {
    setStats(undefined);
    if (client === undefined || session === null) return;
    return followStats(client, { session, intervalMs: STATS_MS }, setStats);
  }, [client, session]);
  return stats;
}
