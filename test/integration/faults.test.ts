import { describe, expect, it } from 'vitest';
import { systemClock } from '../../server/clock.ts';
import type { EmulatorDriver, Step, StepOutcome } from '../../server/emulator/drivers/driver.ts';
import type { HttpEmulator, HttpOptions } from '../../server/emulator/drivers/http/driver.ts';
import { inputApi } from '../../server/emulator/drivers/input-api/driver.ts';
import { mgbaHttp } from '../../server/emulator/drivers/mgba-http/driver.ts';
import { pokemonGym } from '../../server/emulator/drivers/pokemon-gym/driver.ts';
import { BUTTONS, buttonNames } from '../../shared/buttons.ts';
import { type Fault, FaultServer, FAULTS } from '../support/fault-server.ts';
import { startMgbaBridge } from '../support/mgba-bridge.ts';
import { random } from '../support/random.ts';

/** Time-outs that a healthy answer on loopback does not meet, however busy the machine; what waits, waits long enough. */
const SETTINGS = {
  cost: { minMs: 250, maxMs: 250, frameMs: 0 },
  breaker: { failures: 2, openMs: 10 },
  holdMs: 10_000,
  lookMs: 250,
  resolveMs: 10_000,
  startMs: 10_000,
};
/** For thousands of schedules: a time-out too early is one fault more. */
const HASTY = { ...SETTINGS, cost: { minMs: 40, maxMs: 40, frameMs: 0 }, lookMs: 40 };

interface Kind {
  readonly emulator: (options: HttpOptions) => HttpEmulator;
  /** Whether the server tells how much it has run. */
  readonly counts: boolean;
  /** Outcomes that random faults lead to. */
  readonly statuses: readonly string[];
}

const KINDS: Readonly<Record<string, Kind>> = {
  'pokemon-gym': { emulator: pokemonGym, counts: true, statuses: ['executed', 'failed', 'unknown'] },
  'input-api': { emulator: inputApi, counts: true, statuses: ['executed', 'unknown'] },
  'input-api that does not count': { emulator: inputApi, counts: false, statuses: ['executed', 'unknown'] },
};

const BUTTON = ['A', 'B', 'SELECT', 'START', 'RIGHT', 'LEFT', 'UP', 'DOWN'] as const;

function press(name: (typeof BUTTON)[number], hold: number, gap: number): Step {
  return { kind: 'press', buttons: BUTTONS[name], hold, gap, observe: undefined };
}

function runBatch(driver: EmulatorDriver, steps: readonly Step[]): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  return new Promise((resolve) => {
    driver.run(steps, { outcome: (outcome) => outcomes.push(outcome), done: () => resolve(outcomes) });
  });
}

/** Runs batches on a server with these faults, opening a new game where one died, as an emulator does. */
async function play(
  kind: string,
  batches: readonly (readonly Step[])[],
  faults: (Fault | undefined)[],
  settings = SETTINGS,
) {
  const found = KINDS[kind];
  if (found === undefined) throw new Error(kind);
  await using server = await new FaultServer(() => faults.shift(), found.counts).listen();
  const options = { url: server.url, clock: systemClock, random: () => 0.5, settings };
  const emulator = found.emulator(options);
  const deaths: string[] = [];
  let died = false;
  const onDeath = ({ message }: { message: string }) => {
    died = true;
    deaths.push(message);
  };
  let driver = await emulator.open({ firstFrame: 0, onDeath });
  const played: { step: Step; outcome: StepOutcome }[] = [];
  for (const steps of batches) {
    const outcomes = await runBatch(driver, steps);
    expect(outcomes).toHaveLength(steps.length);
    for (const [index, outcome] of outcomes.entries()) {
      const step = steps[index];
      if (step !== undefined) played.push({ step, outcome });
    }
    if (died) driver = await emulator.open({ firstFrame: driver.frame(), onDeath });
    died = false;
  }
  await driver.close();
  await emulator.close();
  return { log: server.log, played, deaths };
}

/** What a step does on the server, one after the other. */
function marks({ buttons, gap }: Step, kind: string): string[] {
  const wait = kind === 'pokemon-gym' && gap > 120 ? [`W${gap - 120}`] : [];
  return [...buttonNames(buttons), ...wait];
}

/**
 * Whether the server's log is what the outcomes say: the executed ones once each and in order, the unknown ones at most once (or in
 * part), the failed ones not at all.
 */
function tells(
  log: readonly string[],
  played: readonly { step: Step; outcome: StepOutcome }[],
  kind: string,
): boolean {
  let positions = new Set([0]);
  for (const { step, outcome } of played) {
    const wanted = marks(step, kind);
    const next = new Set<number>();
    for (const at of positions) {
      const whole = wanted.every((mark, index) => log[at + index] === mark);
      if (outcome.status === 'executed' && whole) next.add(at + wanted.length);
      if (outcome.status === 'failed') next.add(at);
      if (outcome.status !== 'unknown') continue;
      for (let length = 0; length <= wanted.length; length += 1) {
        if (wanted.slice(0, length).every((mark, index) => log[at + index] === mark)) next.add(at + length);
      }
    }
    positions = next;
  }
  return positions.has(log.length);
}

describe.each(Object.keys(KINDS))('%s', (kind) => {
  it.each(FAULTS)(
    '[I2] %s: what ran is executed once, what did not is not called executed',
    async (fault) => {
      const batch = [press('A', 10, 120), press('B', 10, 120), press('UP', 10, 130)];
      const after = [press('DOWN', 10, 120)];
      const { log, played } = await play(kind, [batch, after], [fault]);
      expect({
        told: tells(log, played, kind),
        log,
        statuses: played.map(({ outcome }) => outcome.status),
      }).toMatchObject({
        told: true,
      });
      expect(played.at(-1)?.outcome.status).toBe('executed');
    },
  );
});

describe('pokemon-gym: the server counts its actions, so that most of it is certain', () => {
  const batch = [press('A', 10, 120), press('B', 10, 120)];
  it.each([
    ['refused', ['executed', 'executed']],
    ['reset_before', ['executed', 'executed']],
    ['reset_after', ['executed', 'executed']],
    ['silent', ['executed', 'executed']],
    ['slow', ['executed', 'executed']],
    ['error_in_500', ['executed', 'executed']],
    ['error_after', ['executed', 'executed']],
    ['html_after', ['executed', 'executed']],
    ['html_before', ['executed', 'executed']],
    ['endless', ['executed', 'executed']],
    ['session_timeout', ['failed', 'failed']],
    ['restart', ['failed', 'failed']],
  ] as const)('%s', async (fault, statuses) => {
    const { played, log } = await play('pokemon-gym', [batch], [fault]);
    expect(played.map(({ outcome }) => outcome.status)).toEqual(statuses);
    expect(log).toEqual(statuses[0] === 'executed' ? ['A', 'B'] : []);
  });

  it('another client that starts the game anew is noticed by the count', async () => {
    const { played, deaths } = await play('pokemon-gym', [batch, batch], [undefined, 'other_client']);
    expect(played.map(({ outcome }) => outcome.status)).toEqual([
      'executed',
      'executed',
      'unknown',
      'unknown',
    ]);
    expect(deaths).toEqual([expect.stringContaining('another client')]);
  });

  it('a server that stays away: the inputs wait, then fail, and nothing of them runs later', async () => {
    const away: Fault[] = Array.from({ length: 200 }, () => 'refused');
    const { played, log } = await play('pokemon-gym', [batch], away, { ...SETTINGS, holdMs: 200 });
    expect(played.map(({ outcome }) => outcome.status)).toEqual(['failed', 'failed']);
    expect(log).toEqual([]);
  });

  it('a batch that is refused whole is sent key by key', async () => {
    const { log, played } = await play('pokemon-gym', [batch], ['error_in_500', undefined, 'error_in_500']);
    expect(log).toEqual(['A']);
    expect(played.map(({ outcome }) => outcome.status)).toEqual(['executed', 'failed']);
  });
});

describe('random schedules', () => {
  const SCHEDULES = 1500;
  const AT_ONCE = 50;
  it.each(Object.keys(KINDS))(
    '[I1][I2] %s: nothing runs twice, out of order, or unseen',
    async (kind) => {
      const chance = random();
      const schedule = async () => {
        const batches = Array.from({ length: 1 + chance.below(3) }, () =>
          Array.from({ length: 1 + chance.below(6) }, () =>
            press(chance.pick(BUTTON), 10, 120 + (chance.below(4) === 0 ? 1 + chance.below(9) : 0)),
          ),
        );
        const faults = Array.from({ length: 8 }, () =>
          chance.below(3) === 0 ? chance.pick(FAULTS) : undefined,
        );
        const given = [...faults];
        const { log, played } = await play(kind, batches, faults, HASTY);
        const statuses = played.map(({ outcome }) => outcome.status);
        expect({
          told: tells(log, played, kind),
          seed: chance.seed,
          given,
          log,
          statuses,
          batches,
        }).toMatchObject({ told: true });
        return statuses;
      };
      const seen = new Map<string, number>();
      for (let made = 0; made < SCHEDULES; made += AT_ONCE) {
        const statuses = await Promise.all(Array.from({ length: AT_ONCE }, schedule));
        for (const status of statuses.flat()) seen.set(status, (seen.get(status) ?? 0) + 1);
      }
      // The judge must have had something to judge.
      for (const status of KINDS[kind]?.statuses ?? []) expect(seen.get(status) ?? 0).toBeGreaterThan(50);
    },
    180_000,
  );
});

/** Faults that mean something to a server that only takes masks. */
const BRIDGE_FAULTS = [
  'refused',
  'reset_before',
  'reset_after',
  'silent',
  'slow',
  'error_in_500',
  'error_after',
  'html_after',
  'html_before',
  'endless',
] as const satisfies readonly Fault[];

describe('mgba-http', () => {
  const OPENING = ['0'];
  it.each(BRIDGE_FAULTS)(
    '%s: the buttons go down and up again in order, however often they are set',
    async (fault) => {
      const faults: (Fault | undefined)[] = [undefined, fault];
      await using server = await new FaultServer(() => faults.shift()).listen();
      const emulator = mgbaHttp({
        url: server.url,
        clock: systemClock,
        random: () => 0.5,
        settings: SETTINGS,
      });
      const driver = await emulator.open({ firstFrame: 0, onDeath: () => {} });
      const outcomes = await runBatch(driver, [press('A', 3, 2), press('B', 2, 1)]);
      expect(outcomes.map(({ status }) => status)).toEqual(['executed', 'executed']);
      const [first, second] = outcomes;
      expect(first?.frames).toBeGreaterThanOrEqual(5);
      expect(second?.firstFrame).toBeGreaterThanOrEqual((first?.firstFrame ?? 0) + (first?.frames ?? 0));
      const changes = server.log.filter((mask, index) => mask !== server.log[index - 1]);
      expect(changes).toEqual([...OPENING, '1', '0', '2', '0']);
      await driver.close();
      await emulator.close();
    },
  );

  it('[I1][I2] random schedules: every button goes down and up once for what is executed, and for nothing else', async () => {
    const chance = random();
    const schedule = async () => {
      const steps = Array.from({ length: 1 + chance.below(5) }, () =>
        press(chance.pick(BUTTON), 1 + chance.below(4), 1 + chance.below(3)),
      );
      const faults = Array.from({ length: 12 }, () =>
        chance.below(3) === 0 ? chance.pick(BRIDGE_FAULTS) : undefined,
      );
      const given = [...faults];
      // The first request releases whatever was held before.
      faults.unshift(undefined);
      await using server = await new FaultServer(() => faults.shift()).listen();
      const emulator = mgbaHttp({
        url: server.url,
        clock: systemClock,
        random: () => 0.5,
        settings: HASTY,
      });
      const driver = await emulator.open({ firstFrame: 0, onDeath: () => {} });
      const outcomes = await runBatch(driver, steps);
      await driver.close();
      await emulator.close();
      const changes = server.log.filter((mask, index) => mask !== (server.log[index - 1] ?? '0'));
      const played = steps.flatMap((step, index) =>
        outcomes.slice(index, index + 1).map((outcome) => ({ step, outcome })),
      );
      expect({
        told: pressed(changes, played),
        seed: chance.seed,
        given,
        changes,
        steps,
        outcomes,
      }).toMatchObject({
        told: true,
      });
      return outcomes.map(({ status }) => status);
    };
    const statuses: string[] = [];
    for (let made = 0; made < 400; made += 50) {
      statuses.push(...(await Promise.all(Array.from({ length: 50 }, schedule))).flat());
    }
    expect(statuses.filter((status) => status === 'executed').length).toBeGreaterThan(500);
  }, 120_000);

  it('a game that somebody else starts anew is noticed: the press is unknown, the next one runs', async () => {
    await using bridge = await startMgbaBridge();
    const emulator = mgbaHttp({ url: bridge.url, clock: systemClock, settings: SETTINGS });
    const driver = await emulator.open({ firstFrame: 0, onDeath: () => {} });
    await runBatch(driver, [press('A', 20, 20)]);
    const running = runBatch(driver, [press('B', 200, 1), press('UP', 1, 1)]);
    await fetch(`${bridge.url}/coreadapter/reset`, { method: 'POST' });
    expect((await running).map(({ status }) => status)).toEqual(['unknown', 'failed']);
    const frame = driver.frame();
    const [next] = await runBatch(driver, [press('DOWN', 2, 2)]);
    expect(next?.status).toBe('executed');
    expect(next?.firstFrame).toBeGreaterThanOrEqual(frame);
    expect(bridge.changes.map(({ mask }) => mask)).toEqual([1, 0, 2, 0, 128, 0]);
    await driver.close();
    await emulator.close();
  });
});

/** Whether the changes of the held buttons are what the outcomes say. */
function pressed(
  changes: readonly string[],
  played: readonly { step: Step; outcome: StepOutcome }[],
): boolean {
  let positions = new Set([0]);
  for (const { step, outcome } of played) {
    const whole = [String(step.buttons), '0'];
    const possible =
      outcome.status === 'executed'
        ? [whole]
        : outcome.status === 'failed'
          ? [[]]
          : [[], whole.slice(0, 1), whole];
    const next = new Set<number>();
    for (const at of positions) {
      for (const part of possible) {
        if (part.every((mask, index) => changes[at + index] === mask)) next.add(at + part.length);
      }
    }
    positions = next;
  }
  // A last release, of what was left held, may follow.
  return positions.has(changes.length) || (changes.at(-1) === '0' && positions.has(changes.length - 1));
}
