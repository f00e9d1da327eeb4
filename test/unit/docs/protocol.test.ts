import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BUTTONS } from '../../../shared/buttons.ts';
import { CLOSE_CODES } from '../../../shared/close-codes.ts';
import { decodeClientMessage, decodeServerMessage } from '../../../shared/codec.ts';
import { ENTRY_CODES, REQUEST_ERRORS } from '../../../shared/errors.ts';
import {
  CALLS,
  CERTAINTIES,
  CLIENT_TYPES,
  COMMANDS,
  FLUSH_REASONS,
  SERVER_TYPES,
  STATUSES,
  SUBPROTOCOLS,
} from '../../../shared/protocol.ts';
import { RUN_CODES } from '../../../shared/rollout.ts';

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');

type Row = readonly string[];

/** The rows of the table whose header has these cells, without header and rule; code quotes taken away. */
function table(...header: string[]): Row[] {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => header.join() === cells(line).join());
  if (start < 0) throw new Error(`the page has no table | ${header.join(' | ')} |`);
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  return lines.slice(start + 2, start + length).map(cells);
}

function cells(line: string): string[] {
  if (!line.startsWith('|')) return [];
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));
}

/** The cells of a column, from the top down to the last that is not empty. */
function column(rows: readonly Row[], index: number): string[] {
  const values = rows.map((row) => row[index] ?? '');
  return values.slice(0, values.findLastIndex((value) => value !== '') + 1);
}

const yesNo = (flag: boolean) => (flag ? 'yes' : 'no');

describe('the numbers in docs/protocol.md', () => {
  const rows = table('number', "client's type", "gateway's type", 'status', 'certainty', 'reason');

  it('count from 0', () => {
    expect(column(rows, 0)).toEqual(rows.map((_, index) => String(index)));
  });

  it.each([
    ["the client's types", 1, CLIENT_TYPES],
    ["the gateway's types", 2, SERVER_TYPES],
    ['statuses', 3, STATUSES],
    ['certainties', 4, CERTAINTIES],
    ['reasons', 5, FLUSH_REASONS],
  ] as const)('%s are those of the code', (_, index, words) => {
    expect(column(rows, index)).toEqual([...words]);
  });

  it('every type of message has a section with its number', () => {
    const headings = (title: string) =>
      (page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '').match(/(?<=^### ).*$/gm);
    const numbered = (words: readonly string[]) => words.slice(1).map((word, at) => `${at + 1} ${word}`);
    expect(headings('Messages from the client')).toEqual(numbered(CLIENT_TYPES));
    expect(headings('Messages from the gateway')).toEqual(numbered(SERVER_TYPES));
  });
});

describe('the lists in docs/protocol.md', () => {
  it('buttons and their bits are those of the code', () => {
    const listed = table('name', 'bit').map(([name = '', bit]) => [name, Number(bit)]);
    expect(Object.fromEntries(listed)).toEqual(BUTTONS);
  });

  it('request errors are those of the code, and as retryable', () => {
    const listed = table('code', 'retryable', 'meaning').map(([code, retryable]) => [code, retryable]);
    const known = Object.entries(REQUEST_ERRORS).map(([code, { retryable }]) => [code, yesNo(retryable)]);
    expect(listed).toEqual(known);
  });

  it('entry codes are those of the code, with their statuses', () => {
    const listed = table('code', 'status', 'meaning').map(([code, status]) => [code, status]);
    expect(listed).toEqual(Object.entries(ENTRY_CODES).map(([code, { status }]) => [code, status]));
  });

  it('codes of runs are those of the code', () => {
    expect(table('code of a run', 'meaning').map(([code]) => code)).toEqual(Object.keys(RUN_CODES));
  });

  it('close codes are those of the code, and as good for reconnecting', () => {
    const listed = table('code', 'name', 'reconnect', 'meaning').map((row) => row.slice(0, 3));
    const known = Object.entries(CLOSE_CODES).map(([name, { code, reconnect }]) => [
      String(code),
      name,
      yesNo(reconnect),
    ]);
    expect(listed).toEqual(known);
  });

  it('commands and calls are those of the code', () => {
    const names = (header: string[]) => new Set(table(...header).map(([name]) => name));
    expect(names(['method', 'params', 'does'])).toEqual(new Set(COMMANDS));
    expect(names(['method', 'params', 'result'])).toEqual(new Set(CALLS));
  });

  it('subprotocols are those of the code', () => {
    const listed = table('Sec-WebSocket-Protocol offered', 'spoken', 'frames').map(([name]) => name);
    expect(listed).toEqual(expect.arrayContaining(Object.values(SUBPROTOCOLS)));
  });
});

describe('the maps in docs/protocol.md', () => {
  const map = z.record(z.string(), z.unknown());
  const messages = [...page.matchAll(/^← (?<json>\["(?:welcome|push)",.*\])$/gm)].map(({ groups }) =>
    z.tuple([z.string()], z.unknown()).parse(JSON.parse(groups?.['json'] ?? '')),
  );
  // The sample session comes last.
  const welcome = map.parse(messages.findLast(([type]) => type === 'welcome')?.[1]);
  const stats = map.parse(messages.findLast(([type]) => type === 'push')?.[3]);
  const names = (...header: string[]) =>
    new Set(table(...header).flatMap(([name = '']) => name.split(', ').map((key) => key.replace('?', ''))));

  it.each([
    [
      'capabilities',
      names('key of capabilities', 'type', 'meaning'),
      map.parse(welcome['emulator'])['capabilities'],
    ],
    ['stats', names('key of the payload', 'type', 'meaning'), stats],
    ['a span of stats', names('key of a span', 'type', 'meaning'), stats['sinceStart']],
  ])('%s have the keys that a gateway sends', (_, listed, sent) => {
    expect(listed).toEqual(new Set(Object.keys(map.parse(sent))));
  });

  it('limits and their defaults are those that a gateway sends', () => {
    const listed = table('key of welcome.limits', 'meaning', 'default').map(([key = '', , value]) => [
      key,
      Number(value),
    ]);
    expect(Object.fromEntries(listed)).toEqual(welcome['limits']);
  });

  it('batching settings and their defaults are those that a gateway sends', () => {
    const listed = table('key of batching', 'type', 'default', 'meaning').map(([key = '', , value = '']) => [
      key,
      key === 'strategy' ? value : Number(value),
    ]);
    expect(Object.fromEntries(listed)).toEqual(welcome['batching']);
  });

  it('welcome has a row for every key that a gateway sends', () => {
    const section = page.split('\n### 1 welcome\n')[1]?.split('\n### ')[0] ?? '';
    const listed = new Set(
      [...section.matchAll(/^\| `(?<key>\w+)` \|/gm)].map(({ groups }) => groups?.['key']),
    );
    for (const key of Object.keys(welcome)) expect(listed).toContain(key);
  });
});

/** `→ JSON` and under it `→ bytes as hex`, which may go on in indented lines. */
const EXAMPLE = /```text\n(?<arrow>[→←]) (?<json>\[.*\])\n[→←] (?<hex>[0-9a-f \n]+)\n```/g;

describe('the examples in docs/protocol.md', () => {
  const examples = [...page.matchAll(EXAMPLE)].map(({ groups }) => ({
    json: groups?.['json'] ?? '',
    bytes: new Uint8Array(Buffer.from((groups?.['hex'] ?? '').replaceAll(/\s/g, ''), 'hex')),
    decode: groups?.['arrow'] === '→' ? decodeClientMessage : decodeServerMessage,
  }));

  it('there is one for nearly every message', () => {
    expect(examples.length).toBeGreaterThan(20);
  });

  it.each(examples)('$json', ({ json, bytes, decode }) => {
    const text = decode(json, 'json');
    const binary = decode(bytes, 'msgpack');
    expect(text.ok && binary.ok).toBe(true);
    // A result is not known to hold bytes: in JSON they stay base64.
    if (!binary.ok || !text.ok || binary.message.type === 'result') return;
    expect(text).toEqual(binary);
  });
});

it('every link within docs/protocol.md leads to a heading', () => {
  const headings = (page.match(/(?<=^#+ ).*$/gm) ?? []).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  const links = [...page.matchAll(/\]\(#(?<anchor>[^)]*)\)/g)].map(({ groups }) => groups?.['anchor'] ?? '');
  expect(links.filter((anchor) => !headings.includes(anchor))).toEqual([]);
});
