/** The driver for pokemon-gym: PyBoy behind HTTP, one game a server. What it does is in docs/operations.md, "Emulators". */
import { GAME_BOY_BUTTONS } from '../../../../shared/buttons.ts';
import { JoywireError } from '../../../../shared/errors.ts';
import type { Capabilities, MemoryRange, Observed, PictureFormat } from '../../../../shared/protocol.ts';
import type { BatchSink, DriverContext, EmulatorDriver, Reading, SavedState, Step } from '../driver.ts';
import { ActionRunner, type Dialect, type Performed, type Resolved } from '../http/actions.ts';
import {
  askUntil,
  httpEmulator,
  type HttpEmulator,
  type HttpOptions,
  type HttpServer,
} from '../http/driver.ts';
import { jsonObject, reason } from '../http/json.ts';
import { unsupported } from '../http/unsupported.ts';
import { encodePng, hashPicture } from '../picture.ts';
import { GAP, type GymAction, type GymContent, HOLD, plan, split } from './plan.ts';
import { readAction, readPicture, readStatus } from './state.ts';

const CAPABILITIES: Capabilities = {
  buttons: GAME_BOY_BUTTONS,
  chords: false,
  timing: false,
  waits: true,
  keys: false,
  nativeHold: HOLD,
  nativeGap: GAP,
  frames: 'derived',
  freeze: true,
  screen: true,
  memory: false,
  states: true,
  reset: true,
  paces: ['turbo'],
  // A large batch delays its first ack for nothing: the server's time goes by the frame.
  largestBatch: 64,
};

/** How long ending a game may take, in ms. */
const STOP_MS = 5000;

export function pokemonGym(options: HttpOptions): HttpEmulator {
  return httpEmulator(options, '/status', (server, context) => GymDriver.open(server, context));
}

class GymDriver implements EmulatorDriver, Dialect<GymContent> {
  readonly kind = 'pokemon-gym';
  readonly core = undefined;
  readonly capabilities = CAPABILITIES;
  readonly countsFrames = true;
  readonly rom = { name: 'pokemon-gym', hash: '' };
  readonly #server: HttpServer;
  readonly #context: DriverContext;
  readonly #runner: ActionRunner<GymContent>;
  /** Actions that the server should have counted. */
  #stepNumber = 0;
  #screenshot = '';
  #closed = false;

  private constructor(server: HttpServer, context: DriverContext) {
    this.#server = server;
    this.#context = context;
    const { settings, breaker } = server;
    this.#runner = new ActionRunner(this, settings, server, context.firstFrame, breaker);
  }

  static async open(server: HttpServer, context: DriverContext): Promise<GymDriver> {
    const driver = new GymDriver(server, context);
    await driver.#initialize({});
    return driver;
  }

  frame(): number {
    return this.#runner.frame;
  }

  run(steps: readonly Step[], sink: BatchSink): void {
    void this.#runner.run(steps, plan(steps), sink).then((gone) => {
      sink.done();
      if (gone !== undefined) this.#die(gone);
    });
  }

  async perform(action: GymAction, timeoutMs: number): Promise<Performed> {
    const exchanged = await this.#server.exchange.send({
      method: 'POST',
      path: '/action',
      json: action.content,
      timeoutMs,
    });
    if (exchanged.kind === 'unsent') return { kind: 'not_run', why: exchanged.why };
    if (exchanged.kind === 'lost') return { kind: 'uncertain', why: exchanged.why };
    const answer = readAction(exchanged);
    switch (answer.kind) {
      case 'state':
        this.#screenshot = answer.state.screenshot;
        return this.#counted(answer.state.stepNumber);
      case 'refused':
        return answer;
      case 'no_game':
        return { kind: 'gone', mayHaveRun: false, why: answer.why };
      case 'unclear':
        return { kind: 'uncertain', why: answer.why };
    }
  }

  /**
   * The server counts its actions. An action that it has not counted may still be on its way when it is asked for the first time;
   * by the second time it has taken whatever had reached it before the first.
   */
  async resolve(): Promise<Resolved> {
    const { exchange, settings } = this.#server;
    const path = '/status';
    for (let look = 1; ; look += 1) {
      const status = await askUntil(this.#server, settings.resolveMs, async () => {
        const seen = readStatus(await exchange.send({ method: 'GET', path, timeoutMs: settings.resolveMs }));
        return seen.kind === 'unclear' ? undefined : seen;
      });
      if (status === undefined) return { kind: 'uncertain', why: 'the server does not tell' };
      if (status.kind === 'no_game')
        return { kind: 'gone', mayHaveRun: true, why: 'the server has no game any more' };
      if (status.steps !== this.#stepNumber) {
        // Its answer is lost, and with it the picture.
        this.#screenshot = '';
        return this.#counted(status.steps);
      }
      if (look === 2) return { kind: 'not_run', why: 'the server has not counted it' };
    }
  }

  split(action: GymAction): readonly GymAction[] {
    return split(action);
  }

  observe({ observe }: Step): Observed | undefined {
    if (observe?.hash !== true && observe?.screen === undefined) return undefined;
    const picture = readPicture(this.#screenshot);
    if (picture === undefined) return undefined;
    return {
      ...(observe.hash === true && { hash: hashPicture(picture) }),
      ...(observe.screen !== undefined && {
        screen: observe.screen === 'raw' ? picture : encodePng(picture),
      }),
    };
  }

  async release(): Promise<number> {
    return this.frame();
  }

  async screen(format: PictureFormat): Promise<Reading<Uint8Array>> {
    const picture = readPicture(this.#screenshot);
    if (picture === undefined) throw new JoywireError('emulator_failed', 'the server sent no picture');
    return { frame: this.frame(), value: format === 'raw' ? picture : encodePng(picture) };
  }

  async memory(_ranges: readonly MemoryRange[]): Promise<Reading<readonly Uint8Array[]>> {
    throw new JoywireError('unsupported', 'memory: pokemon-gym shows none');
  }

  snapshot = unsupported;

  /** The state stays with the server: what is kept here is where it is. */
  async save(): Promise<SavedState> {
    const { exchange, settings, url } = this.#server;
    const exchanged = await exchange.send({
      method: 'POST',
      path: '/save_state',
      json: {},
      timeoutMs: settings.startMs,
    });
    const file = exchanged.kind === 'answer' ? jsonObject(exchanged.text)?.['state_file'] : undefined;
    if (typeof file !== 'string')
      throw new JoywireError('emulator_failed', `the game was not saved: ${reason(exchanged)}`);
    return { bytes: new TextEncoder().encode(JSON.stringify({ url, file })), frame: this.frame() };
  }

  async load(state: Uint8Array): Promise<number> {
    const { url, file } = jsonObject(new TextDecoder().decode(state)) ?? {};
    if (url !== this.#server.url || typeof file !== 'string') {
      throw new JoywireError('invalid_state', 'the state is one of another server');
    }
    await this.#initialize({ load_state_file: file });
    return this.frame();
  }

  async reset(): Promise<number> {
    await this.#initialize({});
    return this.frame();
  }

  async setPace(): Promise<number> {
    return this.frame();
  }

  async freeze(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true;
    this.#runner.close();
    await this.#server.exchange.send({ method: 'POST', path: '/stop', timeoutMs: STOP_MS });
  }

  /** Starts a game in place of the one that runs. Doing it twice does no harm, so a lost answer is no reason not to. */
  async #initialize(more: { readonly load_state_file?: string }): Promise<void> {
    const { exchange, settings } = this.#server;
    const json = { headless: true, sound: false, ...more };
    const exchanged = await exchange.send({
      method: 'POST',
      path: '/initialize',
      json,
      timeoutMs: settings.startMs,
    });
    const answer = exchanged.kind === 'answer' ? readAction(exchanged) : undefined;
    if (answer?.kind !== 'state') {
      const code =
        answer?.kind === 'refused' && more.load_state_file !== undefined
          ? 'invalid_state'
          : 'emulator_failed';
      throw new JoywireError(code, `the game did not start: ${reason(exchanged)}`);
    }
    this.#stepNumber = answer.state.stepNumber;
    this.#screenshot = answer.state.screenshot;
  }

  /** The server's count after an action: one more than before, or somebody else has been at the game. */
  #counted(stepNumber: number): Extract<Performed, { kind: 'ran' | 'gone' }> {
    if (stepNumber === this.#stepNumber + 1) {
      this.#stepNumber = stepNumber;
      return { kind: 'ran' };
    }
    const why = `the server is at step ${stepNumber} where ${this.#stepNumber + 1} was to come: another client plays on it`;
    return { kind: 'gone', mayHaveRun: true, why };
  }

  #die(message: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.onDeath({ cause: 'exited', message, frame: this.frame() });
  }
}
