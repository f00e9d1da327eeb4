/**
 * The driver for servers with `/input`: buttons by name, several to a request, pressed one after the other. How long a press lasts there
 * nobody says, so outcomes name no frames.
 */
import { buttonNames, GAME_BOY_BUTTONS } from '../../../../shared/buttons.ts';
import { JoywireError } from '../../../../shared/errors.ts';
import type { Capabilities, Observed } from '../../../../shared/protocol.ts';
import type { BatchSink, DriverContext, EmulatorDriver, Step } from '../driver.ts';
import { type Action, ActionRunner, type Dialect, type Performed, type Resolved } from '../http/actions.ts';
import {
  askUntil,
  httpEmulator,
  type HttpEmulator,
  type HttpOptions,
  type HttpServer,
} from '../http/driver.ts';
import { excerpt, isRefusal, jsonObject, reason } from '../http/json.ts';
import { unsupported } from '../http/unsupported.ts';

const CAPABILITIES: Capabilities = {
  buttons: GAME_BOY_BUTTONS,
  chords: false,
  timing: false,
  keys: false,
  // Unknown: the server's own.
  nativeHold: 0,
  nativeGap: 0,
  frames: 'none',
  freeze: true,
  screen: false,
  memory: false,
  states: false,
  reset: true,
  paces: ['turbo'],
  largestBatch: 64,
};

/** Buttons by name, each of a step of the batch. */
type Inputs = readonly string[];

export function inputApi(options: HttpOptions): HttpEmulator {
  return httpEmulator(options, '/health', (server, context) => InputDriver.open(server, context));
}

class InputDriver implements EmulatorDriver, Dialect<Inputs> {
  readonly kind = 'input-api';
  readonly core = undefined;
  readonly capabilities = CAPABILITIES;
  readonly countsFrames = false;
  readonly rom = { name: 'input-api', hash: '' };
  readonly #server: HttpServer;
  readonly #context: DriverContext;
  readonly #runner: ActionRunner<Inputs>;
  /** Inputs that the server has counted, where it tells. */
  #counted: number | undefined;
  #closed = false;

  private constructor(server: HttpServer, context: DriverContext) {
    this.#server = server;
    this.#context = context;
    this.#runner = new ActionRunner(this, server.settings, server, context.firstFrame, server.breaker);
  }

  /** The game that runs there is reset: a session starts from power-on, as everywhere. */
  static async open(server: HttpServer, context: DriverContext): Promise<InputDriver> {
    const driver = new InputDriver(server, context);
    await driver.reset();
    return driver;
  }

  frame(): number {
    return this.#runner.frame;
  }

  run(steps: readonly Step[], sink: BatchSink): void {
    void this.#runner.run(steps, planOf(steps), sink).then((gone) => {
      sink.done();
      if (gone === undefined || this.#closed) return;
      this.#closed = true;
      this.#context.onDeath({ cause: 'exited', message: gone, frame: this.frame() });
    });
  }

  async perform({ content }: Action<Inputs>, timeoutMs: number): Promise<Performed> {
    const json = { inputs: content.join(' ') };
    const exchanged = await this.#server.exchange.send({ method: 'POST', path: '/input', json, timeoutMs });
    if (exchanged.kind === 'unsent') return { kind: 'not_run', why: exchanged.why };
    if (exchanged.kind === 'lost') return { kind: 'uncertain', why: exchanged.why };
    const why = excerpt(exchanged.status, exchanged.text);
    if (isRefusal(exchanged.status)) return { kind: 'refused', why };
    const body = exchanged.status === 200 ? jsonObject(exchanged.text) : undefined;
    if (body === undefined || body['success'] === false || body['status'] === 'error') {
      return { kind: 'uncertain', why };
    }
    if (body['location'] === 'SESSION_TIMEOUT') {
      return { kind: 'gone', mayHaveRun: false, why: 'the session of the server is over' };
    }
    return this.#count(body['step_number'], content.length);
  }

  /** Some of these servers count their inputs; those that do are believed when they say the same twice. */
  async resolve({ content }: Action<Inputs>): Promise<Resolved> {
    const { settings } = this.#server;
    if (this.#counted === undefined) return { kind: 'uncertain', why: 'the server does not tell what ran' };
    for (let look = 1; ; look += 1) {
      const seen = await askUntil(this.#server, settings.resolveMs, () => this.#stepNumber());
      if (seen === undefined) return { kind: 'uncertain', why: 'the server does not tell what ran' };
      if (seen !== this.#counted) return this.#count(seen, content.length);
      if (look === 2) return { kind: 'not_run', why: 'the server has not counted it' };
    }
  }

  /** One button each. */
  split({ content, parts, through }: Action<Inputs>): readonly Action<Inputs>[] {
    return content.map((name, index) => {
      const part = parts[index];
      return {
        content: [name],
        frames: 0,
        parts: part === undefined ? [] : [part],
        through: parts[index + 1]?.step ?? through,
      };
    });
  }

  observe(): Observed | undefined {
    return undefined;
  }

  async release(): Promise<number> {
    return this.frame();
  }

  screen = unsupported;
  memory = unsupported;
  save = unsupported;
  snapshot = unsupported;
  load = unsupported;

  async reset(): Promise<number> {
    const { exchange, settings } = this.#server;
    const exchanged = await exchange.send({ method: 'POST', path: '/reset', timeoutMs: settings.startMs });
    if (exchanged.kind !== 'answer' || exchanged.status !== 200) {
      throw new JoywireError('emulator_failed', `the game was not reset: ${reason(exchanged)}`);
    }
    const steps = jsonObject(exchanged.text)?.['step_number'];
    this.#counted = typeof steps === 'number' ? steps : undefined;
    return this.frame();
  }

  async setPace(): Promise<number> {
    return this.frame();
  }

  async freeze(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true;
    this.#runner.close();
  }

  async #stepNumber(): Promise<number | undefined> {
    const { exchange, settings } = this.#server;
    const exchanged = await exchange.send({ method: 'GET', path: '/state', timeoutMs: settings.resolveMs });
    if (exchanged.kind !== 'answer' || exchanged.status !== 200) return undefined;
    const steps = jsonObject(exchanged.text)?.['step_number'];
    return typeof steps === 'number' ? steps : undefined;
  }

  /** The server's count after an action, where it tells: so many more than before, or somebody else is at the game. */
  #count(stepNumber: unknown, inputs: number): Extract<Performed, { kind: 'ran' | 'gone' }> {
    if (typeof stepNumber !== 'number' || this.#counted === undefined) return { kind: 'ran' };
    const expected = this.#counted + inputs;
    if (stepNumber !== expected) {
      const why = `the server has counted ${stepNumber} inputs where ${expected} were to come`;
      return { kind: 'gone', mayHaveRun: true, why };
    }
    this.#counted = expected;
    return { kind: 'ran' };
  }
}

/** All presses of a batch travel as one request. */
function planOf(steps: readonly Step[]): Action<Inputs>[] {
  const inputs = steps.flatMap(({ buttons }, step) => buttonNames(buttons).map((name) => ({ name, step })));
  const last = inputs.at(-1);
  if (last === undefined) return [];
  const parts = inputs.map(({ step }) => ({ step, frames: 0 }));
  return [{ content: inputs.map(({ name }) => name), frames: 0, parts, through: last.step + 1 }];
}
