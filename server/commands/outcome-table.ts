/** Outcomes as aligned lines for a terminal, or as JSON lines. Columns are as wide as the whole script needs, known before it runs. */
import type { EntryOutcome, ScriptItem, Status } from '../../client/index.ts';
import { formatScript } from '../../shared/script.ts';
import type { Colour, Paint } from './paint.ts';

const WIDEST_LABEL = 24;

const STATUS_COLOURS: Readonly<Record<Status, Colour>> = {
  executed: 'green',
  rejected: 'yellow',
  failed: 'red',
  unknown: 'red',
};

/** What each input of a script is, in the script's own words. */
export function pressLabels(items: readonly ScriptItem[]): string[] {
  return items
    .flatMap((item) => (item.kind === 'press' ? [item.press] : item.presses))
    .map((press) => formatScript([{ kind: 'press', press }]));
}

export class OutcomeTable {
  readonly #paint: Paint;
  readonly #seqWidth: number;
  readonly #labelWidth: number;

  constructor(labels: readonly string[], paint: Paint) {
    this.#paint = paint;
    this.#seqWidth = Math.max(3, String(labels.length).length);
    const widest = labels.reduce((width, label) => Math.max(width, label.length), 5);
    this.#labelWidth = Math.min(WIDEST_LABEL, widest);
  }

  header(): string {
    return `${this.#paint('dim', this.#line('seq', 'press', 'status  ', 'frames', 'batch', 'µs'))}\n`;
  }

  row(outcome: EntryOutcome, label: string): string {
    const { seq, status, batch, detail } = outcome;
    const batchText = batch === undefined ? '-' : `#${batch.id} ${batch.reason} of ${batch.size}`;
    const micros = batch === undefined ? '-' : String(batch.queuedUs + batch.driverUs);
    const painted = this.#paint(STATUS_COLOURS[status], status.padEnd(8));
    const waited = detail?.waited === undefined ? '' : `  waited ${detail.waited} frames`;
    const why = detail?.code === undefined ? '' : `  ${detail.code}: ${detail.message ?? ''}`;
    return `${this.#line(String(seq), label, painted, framesText(outcome), batchText, micros)}${waited}${why}\n`;
  }

  /** `5 executed, 1 rejected; frames 0 to 95` */
  summary(outcomes: readonly EntryOutcome[]): string {
    const counts = new Map<Status, number>();
    for (const { status } of outcomes) counts.set(status, (counts.get(status) ?? 0) + 1);
    const parts = [...counts].map(([status, count]) =>
      this.#paint(STATUS_COLOURS[status], `${count} ${status}`),
    );
    const frames = outcomes.reduce((sum, outcome) => sum + outcome.frames, 0);
    return `${parts.join(', ')}; ${frames} frames\n`;
  }

  #line(seq: string, label: string, status: string, frames: string, batch: string, micros: string): string {
    const cells = [
      seq.padStart(this.#seqWidth),
      label.padEnd(this.#labelWidth),
      status,
      frames.padEnd(15),
      batch.padEnd(18),
      micros.padStart(8),
    ];
    return cells.join('  ');
  }
}

/** `120..135`, the first and the last frame; `~` in front when they are derived. */
function framesText({ firstFrame, frames, certainty }: EntryOutcome): string {
  if (firstFrame === null || certainty === 'none' || frames === 0) return '-';
  const sure = certainty === 'exact' ? '' : '~';
  return frames === 1 ? `${sure}${firstFrame}` : `${sure}${firstFrame}..${firstFrame + frames - 1}`;
}

export function outcomeJson(
  { seq, status, firstFrame, frames, certainty, detail, batch }: EntryOutcome,
  press: string,
): string {
  const { code, message, guard, waited } = detail ?? {};
  const why = { code, message, guard, waited };
  return `${JSON.stringify({ seq, press, status, firstFrame, frames, certainty, ...why, batch: batch ?? null })}\n`;
}
