import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ScreenDecoder } from '../../../../shared/screen/decoder.ts';

interface Vector {
  readonly name: string;
  readonly payloads: readonly {
    readonly hex: string;
    readonly gives: string;
    readonly width?: number;
    readonly height?: number;
    readonly frame?: number;
    readonly rgbSha256?: string;
  }[];
}

const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
const vectors: readonly Vector[] = JSON.parse(read('test/fixtures/screen.json'));

describe('the test vectors of the screen channel', () => {
  it.each(vectors)('$name', ({ payloads }) => {
    const decoder = new ScreenDecoder();
    for (const { hex, gives, ...expected } of payloads) {
      const decoded = decoder.decode(Buffer.from(hex, 'hex'));
      expect(decoded.kind).toBe(gives);
      if (decoded.kind !== 'picture') continue;
      const { width, height, frame, pixels, palette } = decoded.picture;
      const rgb = Buffer.alloc(pixels.length * 3);
      pixels.forEach((number, pixel) => rgb.writeUIntBE(palette[number] ?? 0, pixel * 3, 3));
      const rgbSha256 = createHash('sha256').update(rgb).digest('hex');
      expect({ width, height, frame, rgbSha256 }).toEqual(expected);
    }
  });

  it('begin with the example that docs/protocol.md explains byte by byte', () => {
    const page = read('docs/protocol.md');
    const section = page.slice(page.indexOf('### Pictures'), page.indexOf('## Credit'));
    const written = [...section.matchAll(/^ {0,3}((?:[0-9a-f]{2} )+) {2,}/gm)].map(([, hex = '']) =>
      hex.replaceAll(' ', ''),
    );
    const example = vectors[0]?.payloads.map(({ hex }) => hex);
    expect(written.join('')).toBe(example?.join(''));
  });
});
