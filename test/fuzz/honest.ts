/** Clients that do nothing wrong: whatever happens beside them, they must not see it. */
import { type Client, connect } from '../../client/index.ts';

/** A machine that is busy otherwise may keep the gateway waiting for as long; one that is silent for longer hangs. */
const PATIENCE_MS = 10_000;

export interface Honest {
  /** Stops, and says what was done and everything that was not as it should be. */
  finish(): Promise<{
    readonly presses: number;
    readonly pushes: number;
    readonly problems: readonly string[];
  }>;
}

export async function startHonest(url: string): Promise<Honest> {
  const problems: string[] = [];
  const open = async (options: Parameters<typeof connect>[1]) => {
    const client = await connect(url, { keepaliveMs: PATIENCE_MS, ...options });
    client.on('error', (error) => problems.push(`error: ${error.message}`));
    client.on('state', (state) => {
      if (state.status === 'reconnecting') problems.push(`the connection broke: ${state.reason}`);
    });
    return client;
  };
  const game = await open({ emulator: { kind: 'embedded' }, label: 'honest game' });
  const noop = await open({ emulator: { kind: 'noop' }, encoding: 'json', label: 'honest noop' });
  const watcher = await open({ role: 'watch' });
  let going = true;
  let pushes = 0;
  const watching = (async () => {
    for await (const push of watcher.stats({ scope: 'gateway', intervalMs: 100 })) {
      if (push !== undefined) pushes += 1;
      if (!going) break;
    }
  })();
  const players = [play(game, () => going, problems), play(noop, () => going, problems)];
  return {
    async finish() {
      going = false;
      const counts = await Promise.all(players);
      await watching;
      await Promise.all([game, noop, watcher].map((client) => client.close()));
      return { presses: counts.reduce((sum, count) => sum + count, 0), pushes, problems };
    },
  };
}

/** Presses alone and in groups, and looks whether every frame follows the one before. */
async function play(client: Client, going: () => boolean, problems: string[]): Promise<number> {
  let frame = client.emulator?.frame ?? 0;
  let presses = 0;
  try {
    while (going()) {
      const outcomes = await client.send('A:1:1 (UP:1:0 B:1:1)*2 W:2');
      for (const { status, firstFrame, frames } of outcomes) {
        if (status !== 'executed' || firstFrame !== frame) {
          problems.push(`${status} on frame ${firstFrame}; expected executed on ${frame}`);
        }
        frame = (firstFrame ?? frame) + frames;
        presses += 1;
      }
      // Honest clients think now and then.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } catch (error) {
    problems.push(String(error));
  }
  return presses;
}
