/** Those who watch games: clients of the SDK that decode every picture and draw none. */
import { type Client, connect } from '../../client/index.ts';
import { serve } from './rpc.ts';

export interface Viewing {
  readonly port: number;
  /** Whom each watches: a viewer for each. */
  readonly emulators: readonly string[];
  readonly fps: number;
}

/** What each got since it was asked before. */
export interface Viewed {
  readonly pictures: readonly number[];
  /** Pictures that a newer one replaced. */
  readonly missed: readonly number[];
}

interface Viewer {
  readonly client: Client;
  pictures: number;
  missed: number;
}

let viewers: Viewer[] = [];

const api = {
  /** Resolves when each has its first picture. */
  async watch({ port, emulators, fps }: Viewing): Promise<void> {
    await Promise.all(emulators.map((emulator) => view(port, emulator, fps)));
  },
  take(): Viewed {
    const seen = {
      pictures: viewers.map(({ pictures }) => pictures),
      missed: viewers.map(({ missed }) => missed),
    };
    for (const viewer of viewers) viewer.pictures = viewer.missed = 0;
    return seen;
  },
  async leave(): Promise<void> {
    const leaving = viewers;
    viewers = [];
    await Promise.all(leaving.map(({ client }) => client.close()));
  },
};
export type ViewersApi = typeof api;

async function view(port: number, emulator: string, fps: number): Promise<void> {
  const client = await connect(`127.0.0.1:${port}`, { role: 'watch' });
  const viewer = { client, pictures: 0, missed: 0 };
  viewers.push(viewer);
  const pictures = client.pictures({ emulator, fps });
  await pictures.next();
  void (async () => {
    for await (const { missed } of pictures) {
      viewer.pictures += 1;
      viewer.missed += missed;
    }
  })().catch(() => undefined);
}

serve(api, () => api.leave());
