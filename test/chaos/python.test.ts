import { expect, it } from 'vitest';
import { random } from '../support/random.ts';
import { chaos, chaosText } from './chaos.ts';
import { PythonAgent } from './python-agent.ts';

/** The interpreter of an environment that has the package `client/python`; without one vitest.config.ts leaves this file out. */
const PYTHON = process.env['JOYWIRE_PYTHON'] ?? 'python3';
const INPUTS = Number(process.env['JOYWIRE_CHAOS_INPUTS'] ?? 4_000);
const choose = random();

it(
  `[I2] [I4] [I7] [I9] ${INPUTS} inputs of the Python client through chaos (seed ${choose.seed}): none lost, none doubled`,
  async () => {
    const settings = { sessions: 4, inputs: INPUTS, gatewayKills: 1, workerKills: 2, faultBytes: 6000 };
    const report = await chaos(
      settings,
      choose,
      (seed, count, onSettled) => new PythonAgent(PYTHON, seed, count, onSettled),
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
