/** A profile for a terminal: where the time of the mean input went, one segment of its way below the other. */
import { type Profile, profileSummary, type SegmentFigures } from '../../client/index.ts';
import type { Paint } from './paint.ts';

const NAME_WIDTH = 18;
const NUMBER_WIDTH = 10;
const BAR_WIDTH = 32;

/** A table whose rows end in newlines. */
export function profileTable(profile: Profile, paint: Paint): string {
  const { inputs, batches, total, segments } = profileSummary(profile.inputs);
  const rows: string[] = [
    paint('bold', `session ${profile.session}: ${count(inputs, 'input')} in ${count(batches, 'batch')}`),
  ];
  rows.push(...remarks(profile));
  if (inputs > 0) {
    rows.push(paint('dim', row('', ['mean µs', 'share', 'p50', 'p99', 'max'], '')));
    let before = 0;
    for (const segment of segments) {
      rows.push(segmentRow(segment, bar(before, segment.share, paint), paint));
      before += segment.share;
    }
    rows.push(segmentRow({ name: 'together', ...total }, '', paint));
  }
  return rows.map((text) => `${text.trimEnd()}\n`).join('');
}

function remarks({ dropped, missing, clock }: Profile): string[] {
  const lost = [
    ...(dropped > 0 ? [`${count(dropped, 'input')} more came, for which there was no room`] : []),
    ...(missing > 0 ? [`${count(missing, 'input')} more were acked while there was no connection`] : []),
  ];
  if (clock === undefined) return lost;
  const ways = `the ways to and from the client are known to ±${Math.round(clock.uncertaintyUs)} µs, their sum exactly`;
  return [...lost, ways];
}

function segmentRow(
  { name, meanUs, share, p50Us, p99Us, maxUs }: Omit<SegmentFigures, 'name'> & { readonly name: string },
  shown: string,
  paint: Paint,
): string {
  const numbers = [
    meanUs.toFixed(1),
    `${(share * 100).toFixed(1)} %`,
    String(p50Us),
    String(p99Us),
    String(maxUs),
  ];
  return row(paint('dim', name.padEnd(NAME_WIDTH)), numbers, shown);
}

function row(name: string, numbers: readonly string[], shown: string): string {
  const cells = numbers.map((number) => number.padStart(NUMBER_WIDTH)).join('');
  return `${name === '' ? ' '.repeat(NAME_WIDTH) : name}${cells}  ${shown}`;
}

/** From where the segment before ended, so that the bars show the way as a flame does. */
function bar(before: number, share: number, paint: Paint): string {
  const from = Math.min(BAR_WIDTH - 1, Math.round(before * BAR_WIDTH));
  const to = Math.max(from, Math.round((before + share) * BAR_WIDTH));
  return ' '.repeat(from) + paint('cyan', to > from ? '█'.repeat(to - from) : '▏');
}

function count(number: number, what: 'input' | 'batch'): string {
  if (number === 1) return `1 ${what}`;
  return `${number} ${what === 'batch' ? 'batches' : 'inputs'}`;
}
