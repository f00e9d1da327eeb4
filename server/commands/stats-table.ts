/** The gateway's figures for a terminal: a table with both spans side by side, or one line. */
import type { LatencyFigures, Stats, StatsSpan } from '../../client/index.ts';
import { FLUSH_REASONS, STATUSES } from '../../shared/protocol.ts';
import type { Paint } from './paint.ts';

const LABEL_WIDTH = 18;
const SPAN_WIDTH = 28;

/** A table whose rows end in newlines: what was since the start, and since the reading before. */
export function statsTable(figures: Stats, paint: Paint): string {
  const { sinceStart, sinceLast } = figures;
  const rows = ROWS.flatMap(({ label, show }) => {
    const [start, last] = [show(sinceStart), show(sinceLast)];
    return start === undefined ? [] : [row(label, start, last ?? '-', paint)];
  });
  const spans = ['since the start', `last ${(sinceLast.durationMs / 1000).toFixed(1)} s`];
  const head = spans.map((text) => text.padStart(SPAN_WIDTH)).join('');
  const credit = `${figures.credit.outstanding} of ${figures.credit.limit}`;
  return [
    `${paint('bold', title(figures))}\n`,
    `${paint('dim', `${' '.repeat(LABEL_WIDTH)}${head}`)}\n`,
    ...rows,
    row('outstanding', credit, '', paint),
  ].join('');
}

/** The figures since the reading before on one line, `name=value`. */
export function statsLine({ sinceStart, sinceLast, credit }: Stats): string {
  const total = sinceLast.latencyUs?.total;
  const cells = {
    inputs: sinceStart.inputs,
    'inputs/s': sinceLast.inputsPerSecond,
    batches: sinceStart.batches,
    batched: `${(sinceLast.bufferingRatio * 100).toFixed(1)}%`,
    p50us: total?.p50 ?? '-',
    p99us: total?.p99 ?? '-',
    frames: sinceStart.frames,
    'frames/s': sinceLast.framesPerSecond,
    outstanding: credit.outstanding,
  };
  const text = Object.entries(cells).map(([name, value]) => `${name}=${value}`);
  return `${text.join(' ')}\n`;
}

interface TableRow {
  readonly label: string;
  /** Undefined where there is nothing to show. */
  readonly show: (span: StatsSpan) => string | undefined;
}

const ROWS: readonly TableRow[] = [
  { label: 'inputs', show: ({ inputs }) => String(inputs) },
  { label: 'inputs/s', show: ({ inputsPerSecond }) => inputsPerSecond.toFixed(1) },
  ...STATUSES.map((status) => ({
    label: `  ${status}`,
    show: ({ outcomes }: StatsSpan) => String(outcomes[status]),
  })),
  { label: 'batches', show: ({ batches }) => String(batches) },
  ...FLUSH_REASONS.map((reason) => ({
    label: `  ${reason}`,
    // Most reasons never occur with the strategy in use.
    show: ({ flushReasons }: StatsSpan) => (flushReasons[reason] ? String(flushReasons[reason]) : undefined),
  })),
  {
    label: 'average, largest',
    show: (span) => `${span.averageBatchSize.toFixed(2)}, ${span.largestBatchSize}`,
  },
  { label: 'batched', show: ({ bufferingRatio }) => `${(bufferingRatio * 100).toFixed(1)} %` },
  { label: 'latency, µs', show: () => 'p50 / p90 / p99 / max' },
  ...(['queue', 'driver', 'total'] as const).map((stage) => ({
    label: `  ${stage}`,
    show: ({ latencyUs }: StatsSpan) => (latencyUs === null ? undefined : quantiles(latencyUs[stage])),
  })),
  { label: 'frames', show: ({ frames }) => String(frames) },
  { label: 'frames/s', show: ({ framesPerSecond }) => framesPerSecond.toFixed(1) },
];

function quantiles({ p50, p90, p99, max }: LatencyFigures): string {
  return [p50, p90, p99, max].join(' / ');
}

function row(label: string, start: string, last: string, paint: Paint): string {
  const spans = `${start.padStart(SPAN_WIDTH)}${last.padStart(SPAN_WIDTH)}`;
  return `${paint('dim', label.padEnd(LABEL_WIDTH))}${spans.trimEnd()}\n`;
}

function title({ session, label, ended }: Stats): string {
  const what = session === null ? 'the whole gateway' : `session ${session}`;
  return `${what}${label === null ? '' : ` (${label})`}${ended ? ', ended' : ''}`;
}
