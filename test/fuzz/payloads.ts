/** What a hostile or broken client may put into a message. */
import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import type { Encoding } from '../../shared/protocol.ts';
import type { Random } from '../support/random.ts';
import { parseRecord } from '../support/record-session.ts';

const PAGE = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** What the client of the sample session sent, message by message. */
export const RECORDED: Readonly<Record<Encoding, readonly Uint8Array[]>> = {
  json: recorded('json'),
  msgpack: recorded('msgpack'),
};

function recorded(encoding: Encoding): Uint8Array[] {
  const block = new RegExp(`<!-- sample session: ${encoding} -->\\n\\n\`\`\`text\\n([^\`]*)\\n\`\`\``).exec(
    PAGE,
  );
  const { frames } = parseRecord(block?.[1] ?? '', encoding);
  return frames.flatMap(({ from, data }) => (from === 'client' ? [Buffer.from(data)] : []));
}

export function noise(choose: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => choose.below(256));
}

/** Bytes of it are changed, taken out, doubled or swapped for those that mean much. */
export function mutated(bytes: Uint8Array, choose: Random): Uint8Array {
  const copy = [...bytes];
  for (let changes = 1 + choose.below(4); changes > 0; changes--) {
    const at = choose.below(copy.length + 1);
    const telling = choose.pick([
      0x00, 0x7f, 0x80, 0x9f, 0xc1, 0xc4, 0xc6, 0xcb, 0xcf, 0xd3, 0xdb, 0xdd, 0xdf, 0xff,
    ]);
    choose.pick<() => number[]>([
      () => copy.splice(at, 1, choose.below(256)),
      () => copy.splice(at, 1, telling),
      () => copy.splice(at, 1 + choose.below(8)),
      () => copy.splice(at, 0, ...copy.slice(at, at + choose.below(16))),
      () => copy.splice(at, 0, ...noise(choose, choose.below(9))),
    ])();
  }
  return Uint8Array.from(copy);
}

/** Small messages of msgpack that say they are large, or that are deep, or of types that are not spoken. */
export function msgpackBomb(choose: Random): Uint8Array {
  const start = [0x90 + 1 + choose.below(15), choose.below(16)];
  return choose.pick<() => Uint8Array>([
    () => Uint8Array.from([...start, choose.pick([0xdd, 0xdf, 0xc6, 0xdb]), 0xff, 0xff, 0xff, 0xff]),
    () =>
      Uint8Array.from([...start, choose.pick([0xdc, 0xde, 0xc5, 0xda]), 0xff, 0xff, ...noise(choose, 40)]),
    () => new Uint8Array(1 + choose.below(60_000)).fill(choose.pick([0x91, 0x81, 0xdd, 0x94])),
    () => Uint8Array.from([...start, ...noise(choose, 8), ...Array<number>(choose.below(30_000)).fill(0xc0)]),
    () =>
      Uint8Array.from([...start, choose.pick([0xc7, 0xc8, 0xc9, 0xd4, 0xd8, 0xc1]), ...noise(choose, 20)]),
    // Macros that stand for far more than they may, defined and used.
    () =>
      Uint8Array.from([
        0x93,
        ...choose.pick([
          [14, 0xa1, 0x6d],
          [3, 1],
        ]),
        0xdc,
        0x0f,
        0xff,
        ...Array<number[]>(0x0fff)
          .fill([
            0x82, 0xa3, 0x75, 0x73, 0x65, 0xa1, 0x6d, 0xa5, 0x74, 0x69, 0x6d, 0x65, 0x73, 0xcd, 0x04, 0x00,
          ])
          .flat(),
      ]),
    // A group as long as a message can be.
    () => Uint8Array.from([0x93, 3, 1, 0xdc, 0x40, 0, ...Array<number>(0x4000 * 2).fill(0x91)]),
  ])();
}

export function jsonBomb(choose: Random): Uint8Array {
  const depth = 1 + choose.below(30_000);
  const text = choose.pick<() => string>([
    () => '['.repeat(depth),
    () => `${'['.repeat(depth)}${']'.repeat(depth)}`,
    () => `["hello",${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}]`,
    () => `["input",1e400,${'9'.repeat(depth)}]`,
    () => '["hello",{"__proto__":{"role":"watch"},"constructor":{"prototype":{"x":1}}}]',
    () => `["call",1,"${'\\u0000'.repeat(choose.below(5000))}",{}]`,
    () => `["inputs",1,[${Array<string>(choose.below(20_000)).fill('[1]').join()}]]`,
    () => `["hello",{"label":"${'x'.repeat(choose.below(60_000))}"}]`,
    () => '["subscribe",1,"stats",{"intervalMs":1e-300}]',
    () =>
      `["define","m",[${Array<string>(1 + choose.below(20_000))
        .fill('[1]')
        .join()}]]`,
    () =>
      `["define","m",[${Array<string>(1 + choose.below(1024))
        .fill('{"use":"m","times":1024}')
        .join()}]]`,
    () =>
      `["inputs",1,[${Array<string>(1 + choose.below(1024))
        .fill('{"use":"m","times":1024}')
        .join()}]]`,
    () => '["define","__proto__",[{"use":"constructor"}]]',
    () =>
      `["script",1,"${choose.pick(['(', ')', 'A*', 'A*999999999 ', '((A*999)*999)*999 ', 'A+', '# ', 'W:'])}${choose
        .pick(['(', ' ', 'A ', 'A*1024 ', 'A+', '9', '\\n'])
        .repeat(choose.below(20_000))}"]`,
  ])();
  return new TextEncoder().encode(text);
}

/** Deflates to next to nothing. */
const ZEROS = deflateRawSync(Buffer.alloc(64 * 1024 * 1024));

/** What inflates to far more than a message may be, or to nothing at all. */
export function deflateBomb(choose: Random): Uint8Array {
  return choose.pick<() => Uint8Array>([
    () => ZEROS,
    () => mutated(ZEROS.subarray(0, 2000), choose),
    () => noise(choose, choose.below(500)),
  ])();
}

const BAD_UTF8: readonly [Uint8Array, ...Uint8Array[]] = [
  Uint8Array.from([0x5b, 0x22, 0xff, 0x22, 0x5d]),
  Uint8Array.from([0xc0, 0xaf]),
  Uint8Array.from([0xed, 0xa0, 0x80]),
  Uint8Array.from([0xf4, 0x90, 0x80, 0x80]),
  Uint8Array.from([0x5b, 0x22, 0xe2, 0x82]),
];

export function badUtf8(choose: Random): Uint8Array {
  return choose.pick(BAD_UTF8);
}
