import { expect, it } from 'vitest';
import { random } from '../support/random.ts';
import { chaos, chaosText } from './chaos.ts';

/** `npm run chaos -- --inputs 100000` runs it longer. */
const INPUTS = Number(process.env['JOYWIRE_CHAOS_INPUTS'] ?? 12_000);
const choose = random();

it(
  `[I2] [I4] [I7] [I9] ${INPUTS} inputs through chaos (seed ${choose.seed}): none lost, none doubled, every game as if undisturbed`,
  async () => {
    const report = await chaos(
      {
        sessions: 12,
        inputs: INPUTS,
        gatewayKills: Math.ceil(INPUTS / 6000),
        workerKills: Math.ceil(INPUTS / 4000),
        faultBytes: 6000,
      },
      choose,
    );
    process.stdout.write(`${chaosText(choose.seed, report)}\n`);
    const { lost, doubled, outOfOrder, different, wrong, errors } = report;
    expect({ lost, doubled, outOfOrder, different, wrong, errors }).toEqual({
      lost: 0,
      doubled: 0,
      outOfOrder: 0,
      different: 0,
      wrong: [],
      errors: [],
    });
    expect(report.executedOnce).toBe(report.sent);
  },
  60_000 + INPUTS * 20,
);
