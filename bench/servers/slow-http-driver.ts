/** A driver for `slow-http.ts`: one request for each batch, over one connection. */
import { Pool } from 'undici';
import { GAME_BOY_BUTTONS } from '../../shared/buttons.ts';
import { JoywireError } from '../../shared/errors.ts';
import type { Capabilities } from '../../shared/protocol.ts';
import type {
  BatchSink,
  EmulatorDriver,
  OpenDriver,
  Step,
  StepOutcome,
} from '../../server/emulator/drivers/driver.ts';

export function openSlowHttp(port: number): OpenDriver {
  return async () => new SlowHttpDriver(new Pool(`http://127.0.0.1:${port}`, { connections: 1 }));
}

/** Gives the emulator these keys, in order. */
export async function postKeys(pool: Pool, keys: readonly number[]): Promise<void> {
  const { body, statusCode } = await pool.request({
    method: 'POST',
    path: '/keys',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ keys }),
  });
  await body.dump();
  if (statusCode !== 200) throw new JoywireError('emulator_failed', `the emulator answered ${statusCode}`);
}

class SlowHttpDriver implements EmulatorDriver {
  readonly kind = 'slow-http';
  readonly rom = { name: 'none', hash: '' };
  readonly capabilities: Capabilities = {
    buttons: GAME_BOY_BUTTONS,
    chords: false,
    timing: false,
    keys: false,
    nativeHold: 8,
    nativeGap: 8,
    frames: 'none',
    freeze: true,
    screen: false,
    memory: false,
    states: false,
    reset: false,
    paces: ['turbo'],
    largestBatch: 1024,
  };
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  frame(): number {
    return 0;
  }

  run(steps: readonly Step[], sink: BatchSink): void {
    const finish = (outcome: StepOutcome) => {
      for (const _ of steps) sink.outcome(outcome);
      sink.done();
    };
    const keys = steps.map((step) => step.buttons);
    postKeys(this.#pool, keys).then(
      () => finish(EXECUTED),
      (error: Error) => finish({ ...UNKNOWN, message: error.message }),
    );
  }

  async release(): Promise<void> {}

  screen = unsupported;
  memory = unsupported;
  save = unsupported;
  load = unsupported;
  reset = unsupported;

  async setPace(): Promise<void> {}

  async freeze(): Promise<void> {}

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

const EXECUTED: StepOutcome = {
  status: 'executed',
  firstFrame: null,
  frames: 0,
  certainty: 'none',
  observed: undefined,
  code: undefined,
  message: undefined,
};
const UNKNOWN: StepOutcome = { ...EXECUTED, status: 'unknown', code: 'emulator_crashed' };

function unsupported(): Promise<never> {
  return Promise.reject(new JoywireError('unsupported', 'this emulator only takes keys'));
}
