import { describe, expect, it } from 'vitest';
import { percentile, quotients, short, spread, withSpread } from '../../../bench/report/figures.ts';
import { runJson, runText } from '../../../bench/report/report.ts';
import { type Column, Table } from '../../../bench/report/table.ts';
import { verdictOf } from '../../../bench/report/target.ts';

const RATE: Column = { name: 'rate', title: 'presses/s', better: 'more', ratio: 'to-base' };
const P99: Column = { name: 'p99', title: 'p99 µs', better: 'less', ratio: 'none' };

function table(): Table {
  const rates = new Table({
    name: 'burst',
    title: 'bursts',
    base: 'bare',
    columns: [RATE, P99],
    labels: { bare: 'a bare server', ours: 'the gateway' },
  });
  // The machine was twice as fast in the second round, for both.
  for (const speed of [1, 2, 4]) {
    rates.add('bare', { rate: 100 * speed, p99: 5 });
    rates.add('ours', { rate: 400 * speed, p99: 7 });
  }
  return rates;
}

describe('figures', () => {
  it('are a median with the least and the most', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(spread([]).median).toBeNaN();
  });

  it('at a percentile are a value that was measured', () => {
    const sorted = Float64Array.from({ length: 100 }, (_, index) => index + 1);
    expect([0.5, 0.99, 1].map((p) => percentile(sorted, p))).toEqual([50, 99, 100]);
    expect(percentile(new Float64Array(0), 0.5)).toBeNaN();
  });

  it('are written with three digits', () => {
    expect([0.1234, 9.999, 123.4, 12_345, 1_234_567].map(short)).toEqual([
      '0.12',
      '10.0',
      '123',
      '12.3 k',
      '1.23 M',
    ]);
    expect(withSpread({ median: 2, min: 1, max: 3 })).toBe('2.00 (1.00–3.00)');
    expect(withSpread({ median: 2, min: 2, max: 2 })).toBe('2.00');
  });
});

describe('ratios', () => {
  it('are made round by round, so that a fast round does not look like a fast server', () => {
    expect(quotients([4, 8], [1, 2])).toEqual([4, 4]);
    expect(table().quotient('ours', 'bare', 'rate')).toEqual({ median: 4, min: 4, max: 4 });
    expect(table().json().ratios['ours']).toEqual({ rate: { median: 4, min: 4, max: 4 } });
  });

  it('of a row that was not measured are no number', () => {
    expect(table().quotient('ours', 'elsewhere', 'rate').median).toBeNaN();
  });

  it('hold or do not hold what is said of them', () => {
    const ratios = { burst: { median: 4, min: 3, max: 5 } };
    const holds = (bounds: { atLeast?: number; atMost?: number }) =>
      verdictOf({ ratio: 'burst', claim: 'fast', ...bounds }, ratios).map((verdict) => verdict.holds);
    expect(holds({ atLeast: 4 })).toEqual([true]);
    expect(holds({ atLeast: 4.1 })).toEqual([false]);
    expect(holds({ atMost: 4 })).toEqual([true]);
    expect(holds({ atMost: 3.9 })).toEqual([false]);
    expect(verdictOf({ ratio: 'other', claim: 'never measured', atLeast: 1 }, ratios)).toEqual([]);
  });

  it('come first in the text, and flat in the JSON', () => {
    const rates = table();
    const part = {
      name: 'bursts',
      title: 'Bursts',
      tables: [rates],
      ratios: { burst_vs_bare: rates.quotient('ours', 'bare', 'rate') },
      verdicts: [],
      notes: [],
      faults: [],
    };
    const rounds = [
      { part: 'bursts', round: 1, foreignShare: 0.5, kept: false },
      { part: 'bursts', round: 2, foreignShare: 0.02, kept: true },
    ];
    const machine = {
      node: '20',
      platform: 'linux x64',
      cpus: 2,
      cpuModel: 'one',
      loadBefore: [0],
      loadAfter: [0],
    };
    const run = { machine, rounds, parts: [part] };
    expect(runJson(run).ratios).toEqual({ burst_vs_bare: 4 });
    const text = runText(run);
    expect(text).toMatch(/^## Ratios\n\nburst_vs_bare {3}4\.00\n/);
    expect(text).toContain('1 rounds count, 1 were thrown away because others used the machine');
    expect(text).toMatch(/a bare server +1 +200 \(100–400\) +5\.00/);
    expect(text).toMatch(/the gateway +4\.00 +800 \(400–1600\) +7\.00/);
  });
});
