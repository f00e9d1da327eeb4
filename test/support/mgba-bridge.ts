/**
 * Answers as mGBA-http does, before a game that does nothing but count frames by the clock. The real one wants a desktop with mGBA and
 * its script, which a test cannot start.
 */
import { createServer } from 'node:http';

const FRAME_MS = 1000 / 59.7275;

export interface MgbaBridge extends AsyncDisposable {
  readonly url: string;
  /** Masks set so far, with the frame each was set on; a mask that was there already is no change. */
  readonly changes: readonly { readonly frame: number; readonly mask: number }[];
}

export async function startMgbaBridge(): Promise<MgbaBridge> {
  let startedAtMs = performance.now();
  const changes: { frame: number; mask: number }[] = [];
  const frame = () => Math.floor((performance.now() - startedAtMs) / FRAME_MS);
  const answer = (path: string, query: URLSearchParams): string => {
    switch (path) {
      case '/core/currentFrame':
        return String(frame());
      case '/core/setkeys': {
        const mask = Number(query.get('keys'));
        if (mask !== (changes.at(-1)?.mask ?? 0)) changes.push({ frame: frame(), mask });
        return '';
      }
      case '/core/readrange':
        return Array(Number(query.get('length')))
          .fill('a5')
          .join(',');
      case '/coreadapter/reset':
        startedAtMs = performance.now();
        return 'true';
      default:
        return 'false';
    }
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://bridge');
    response.end(answer(pathname, searchParams));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    changes,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
