import { expect, it } from 'vitest';
import { random } from '../support/random.ts';
import { fuzz, fuzzText } from './fuzz.ts';

/** `npm run fuzz -- --seconds 600 --seed 1` runs it longer. */
const SECONDS = Number(process.env['JOYWIRE_FUZZ_SECONDS'] ?? 5);
const { seed } = random();

it(
  `attacks on the wire for ${SECONDS} s (seed ${seed}): no crash, no growth, and honest clients see no error`,
  async () => {
    const report = await fuzz({ seconds: SECONDS, seed });
    process.stdout.write(`${fuzzText(report)}\n`);
    expect(report.problems).toEqual([]);
    expect(report.presses).toBeGreaterThan(0);
    expect(report.pushes).toBeGreaterThan(0);
  },
  (SECONDS + 60) * 1000,
);
