import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ackFrames, FORM_LABELS, type Form, inputFrames } from '../../../bench/parts/route-messages.ts';
import { short } from '../../../bench/report/figures.ts';
import type { FrameData } from '../../../shared/codec.ts';
import type { Encoding } from '../../../shared/protocol.ts';

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
const COUNTS = [8, 100, 1000];
const ENCODINGS: readonly Encoding[] = ['msgpack', 'json'];

/** Of the row with this label: what is not deflated, for each count. */
function listed(label: string): string[] {
  const row = page.split('\n').find((line) => line.startsWith(`| ${label} |`));
  const cells = (row ?? '').split('|').map((cell) => cell.trim());
  return [cells[2] ?? '', cells[4] ?? '', cells[6] ?? ''];
}

/** On the line, with headers (RFC 6455 section 5.2), for each press. */
function bytesEach(frames: readonly FrameData[], count: number, maskBytes: number): string {
  const header = (length: number) => (length < 126 ? 2 : length < 65_536 ? 4 : 10) + maskBytes;
  const bytes = frames.reduce((sum, { length }) => sum + length + header(length), 0);
  return short(bytes / count);
}

describe.each(ENCODINGS)('the bytes in docs/protocol.md, %s', (encoding) => {
  const forms = Object.entries(FORM_LABELS).map(([form, label]) => ({ form: form as Form, label }));

  it.each(forms)('of a press in $label', ({ form, label }) => {
    const measured = COUNTS.map((count) => bytesEach(inputFrames(form, count, encoding), count, 4));
    expect(listed(`${label}, ${encoding}`)).toEqual(measured);
  });

  it.each([
    ['an ack each', false],
    ['one ack for the batch', true],
  ])('of %s', (label, together) => {
    const measured = COUNTS.map((count) => bytesEach(ackFrames(count, together, encoding), count, 0));
    expect(listed(`${label}, ${encoding}`)).toEqual(measured);
  });
});
