import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import {
  formatRecord,
  meaningOf,
  parseRecord,
  recordSession,
  type SessionRecord,
} from '../support/record-session.ts';
import type { Encoding } from '../../shared/protocol.ts';

const PAGE = fileURLToPath(new URL('../../docs/protocol.md', import.meta.url));
const ENCODINGS = ['json', 'msgpack'] as const;
/** `JOYWIRE_RECORD=1 npx vitest run test/protocol/sample-session.test.ts` writes what it records into the page. */
const rewrite = process.env['JOYWIRE_RECORD'] === '1';

/** The block of the page that holds the session in an encoding. */
function block(encoding: Encoding): RegExp {
  return new RegExp(`(?<=<!-- sample session: ${encoding} -->\\n\\n\`\`\`text\\n)[^\`]*(?=\\n\`\`\`)`);
}

/** What differs from run to run: who the session is, how long things took, and the version of the software. */
const MASKED = new Set([
  'session',
  'secret',
  'server',
  'queuedUs',
  'driverUs',
  'timeMs',
  'atMs',
  'durationMs',
  'inputsPerSecond',
  'framesPerSecond',
  'latencyUs',
]);

/** The masked record: its messages without what differs, a mask in its place if it was there. */
function masked({ frames, closeCode }: SessionRecord, encoding: Encoding): unknown {
  const messages = frames.map((frame) => ({
    from: frame.from,
    message: JSON.stringify(meaningOf(frame, encoding), (key, value: unknown) =>
      MASKED.has(key) ? typeof value : value,
    ),
  }));
  return { messages, closeCode };
}

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ driver: 'noop', emulators: 1, resumeMs: 60_000 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  expect(gateway.errors).toEqual([]);
});

describe.each(ENCODINGS)('the sample session of docs/protocol.md in %s', (encoding) => {
  it('is what a gateway really says', async () => {
    const recorded = await recordSession(gateway.url, encoding);
    if (rewrite) {
      const page = readFileSync(PAGE, 'utf8');
      writeFileSync(
        PAGE,
        page.replace(block(encoding), () => formatRecord(recorded)),
      );
    }
    const shown = parseRecord(block(encoding).exec(readFileSync(PAGE, 'utf8'))?.[0] ?? '', encoding);
    expect(masked(recorded, encoding)).toEqual(masked(shown, encoding));
  });
});

it('the sample session is the same in both encodings', () => {
  const page = readFileSync(PAGE, 'utf8');
  const [json, msgpack] = ENCODINGS.map((encoding) =>
    masked(parseRecord(block(encoding).exec(page)?.[0] ?? '', encoding), encoding),
  );
  expect(msgpack).toEqual(json);
});
