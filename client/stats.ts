/** The figures of the `stats` channel and call, read with care: they come from outside. */
import { type Check, field } from '../shared/check.ts';
import { FLUSH_REASONS, LIMITS, STATUSES } from '../shared/protocol.ts';
import type { LatencyFigures, Stats, StatsSpan } from '../shared/stats.ts';
import { readResult } from './results.ts';

type Map = Readonly<Record<string, unknown>>;

/** @throws JoywireError `protocol_error` */
export function readStats(value: unknown): Stats {
  return readResult('stats', value, (check, map) => {
    const credit = check.map(field(map, 'credit'), 'credit');
    return {
      scope: check.oneOf(field(map, 'scope'), 'scope', ['session', 'gateway']),
      session: optionalText(check, map, 'session'),
      label: optionalText(check, map, 'label'),
      atMs: number(check, map, 'atMs'),
      sinceStart: span(check, field(map, 'sinceStart'), 'sinceStart'),
      sinceLast: span(check, field(map, 'sinceLast'), 'sinceLast'),
      credit: { limit: number(check, credit, 'limit'), outstanding: number(check, credit, 'outstanding') },
      pendingBytes: field(map, 'pendingBytes') === undefined ? 0 : number(check, map, 'pendingBytes'),
      expiresInMs: field(map, 'expiresInMs') === undefined ? null : number(check, map, 'expiresInMs'),
      ended: check.boolean(field(map, 'ended'), 'ended'),
    };
  });
}

function number(check: Check, map: Map, name: string): number {
  return check.number(field(map, name), name, 0, LIMITS.maxInteger);
}

function optionalText(check: Check, map: Map, name: string): string | null {
  const value = field(map, name);
  return value === undefined ? null : check.text(value, name);
}

function span(check: Check, value: unknown, name: string): StatsSpan {
  const map = check.map(value, name);
  const read = (field: string) => number(check, map, field);
  return {
    durationMs: read('durationMs'),
    inputs: read('inputs'),
    inputsPerSecond: read('inputsPerSecond'),
    batches: read('batches'),
    bufferingRatio: read('bufferingRatio'),
    averageBatchSize: read('averageBatchSize'),
    largestBatchSize: read('largestBatchSize'),
    flushReasons: counts(check, field(map, 'flushReasons'), FLUSH_REASONS),
    outcomes: counts(check, field(map, 'outcomes'), STATUSES),
    latencyUs: latencies(check, field(map, 'latencyUs')),
    frames: read('frames'),
    framesPerSecond: read('framesPerSecond'),
    replacedPushes: read('replacedPushes'),
  };
}

function counts<T extends string>(check: Check, value: unknown, words: readonly T[]): Record<T, number> {
  const map = check.map(value, 'counts');
  // The keys are exactly `words`; `fromEntries` cannot say so.
  return Object.fromEntries(words.map((word) => [word, number(check, map, word)])) as Record<T, number>;
}

function latencies(check: Check, value: unknown): StatsSpan['latencyUs'] {
  if (value === undefined) return null;
  const map = check.map(value, 'latencyUs');
  const read = (stage: string): LatencyFigures => {
    const figures = check.map(field(map, stage), stage);
    return {
      p50: number(check, figures, 'p50'),
      p90: number(check, figures, 'p90'),
      p99: number(check, figures, 'p99'),
      max: number(check, figures, 'max'),
    };
  };
  return { queue: read('queue'), driver: read('driver'), total: read('total') };
}
