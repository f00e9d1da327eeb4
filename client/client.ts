/// <reference lib="esnext.disposable" preserve="true" />
/** A session as its user sees it: everything that plays, each a few lines over what goes on in `session.ts`. */
import { JoywireError } from '../shared/errors.ts';
import type { Batching, Command, Encoding, Pace, Welcome } from '../shared/protocol.ts';
import type { GroupOptions, PressOptions, PressSpec, SequenceOptions, Settings } from './options.ts';
import type { EntryOutcome } from './pending.ts';
import { type Macro, MacroBook, type MacroUse } from './macros.ts';
import { buttonMask, pressOf, singleUnit } from './presses.ts';
import { readBatching } from './results.ts';
import { ClientRollout, type Rollout, type RolloutOptions } from './rollout.ts';
import { scriptUnits } from './script-units.ts';
import type { Session } from './session.ts';
import type { RunSpec } from '../shared/rollout.ts';
import type { Unit } from './submission.ts';
import { Watcher } from './watcher.ts';

/** A checkpoint that a `save` made. */
export interface SavedGame {
  /** The name to `load`; undefined unless the outcome is `executed`. */
  readonly checkpoint: string | undefined;
  readonly outcome: EntryOutcome;
}

/**
 * A session on a gateway, made by `connect`.
 *
 * Everything that sends entries (`press`, `send`, `sequence`, `keys`, `save`, `load`, `reset`, `pace`) keeps the
 * order of the calls, waits for credit, and resolves with outcomes, whatever they are: look at `status`. It
 * rejects only when nothing is sent (`invalid_argument`, `script_error`, ...) or when the session ends without an outcome
 * (`session_lost`, `connection_lost`, `session_ended`, `aborted`); of the latter, a promise nobody awaits does not end the process.
 *
 * A connection that breaks is replaced and the session resumed: what did not arrive is sent again, each entry still runs once, and
 * its promise settles once. `state` shows it. Calls are made again too; one that reads behind entries rejects with
 * `call_lost` when entries called after it have run meanwhile. Held keys are let go while there is no connection (event `buttons_released`).
 * Options: `reconnect` and `resumeMs` of `connect`.
 */
export class Client extends Watcher {
  readonly #encoding: Encoding;
  readonly #session: Session;
  readonly #macros: MacroBook;
  #batching: Batching;
  #rollouts = 0;

  /** @internal Use `connect`. */
  constructor(session: Session, welcome: Welcome, encoding: Encoding, onToken?: (token: string) => void) {
    super(session, welcome, encoding, onToken);
    this.#batching = welcome.batching;
    this.#encoding = encoding;
    this.#session = session;
    this.#macros = new MacroBook(welcome.limits, encoding);
  }

  /** Whether what it sends runs: it plays, and no other session has taken its emulator over. */
  get controls(): boolean {
    return this.emulator !== null && this.#session.control.controls;
  }

  /** The batching settings in force. */
  get batching(): Batching {
    return this.#batching;
  }

  /** How many entries may be outstanding, and how many are. */
  get credit(): { readonly limit: number; readonly outstanding: number } {
    return this.#session.entries.credit;
  }

  /**
   * Presses and releases buttons: names (`'A'`, `'A+UP'`) or a mask.
   * @throws JoywireError `invalid_argument`, `not_controller`, and as the class says
   */
  press(buttons: string | number, { signal, ...details }: PressOptions = {}): Promise<EntryOutcome> {
    const build = () => [singleUnit(pressOf({ buttons, ...details }, this.limits))];
    return this.#submit(build, first, signal);
  }

  /**
   * Sends a script, such as `'A B UP*3 A:10 W:30 (A B)*2'`: singles and groups as written. Nothing is sent
   * of a script that cannot be read. Long and repetitive scripts travel as they are written, where that takes fewer bytes.
   * Braces behind an item guard it:
   *
   * ```ts
   * // Walk until the text box opens (mode 2 at 0xC010), then press A once it waits for it.
   * const outcomes = await pad.send('(RIGHT*20){stop 0xC010==2} A{wait 0xC01F==2 300}');
   * const steps = outcomes.filter(({ status }) => status === 'executed').length;
   * ```
   * @throws JoywireError `script_error` naming line and column, `not_controller`, and as the class says
   */
  send(script: string, { signal, ...options }: SequenceOptions = {}): Promise<readonly EntryOutcome[]> {
    const build = () => {
      const { limits, credit } = this;
      return scriptUnits(script, options, { limits, encoding: this.#encoding, credit: credit.limit });
    };
    return this.#submit(build, all, signal);
  }

  /**
   * Sends presses that belong together as one group: they run contiguously, or, if one of them is wrong, not at all.
   * A group waits until there is credit for all of it. With `guards` the game decides what of it runs.
   * @throws JoywireError `invalid_argument`, `group_too_large`, `not_controller`, and as the class says
   */
  sequence(
    presses: readonly (PressSpec | MacroUse)[],
    { signal, ...options }: GroupOptions = {},
  ): Promise<readonly EntryOutcome[]> {
    return this.#submit(() => [this.#macros.group(presses, options)], all, signal);
  }

  /**
   * Gives presses a name, as a list or as a script, to be used in `sequence` and in further definitions; a name that is taken is given anew, for what is
   * called from now on. It travels once. In place of the presses then only the name does, with one outcome for each press as ever.
   *
   * ```ts
   * const walk = pad.define('walk', 'UP*4 RIGHT*2');
   * await pad.sequence([walk, 'A', walk.repeat(3)]);
   * ```
   * @throws JoywireError `invalid_argument`, `script_error`, `group_too_large`, `unknown_macro`, `too_many_macros`, `message_too_big`, `not_controller`
   */
  define(name: string, presses: string | readonly (PressSpec | MacroUse)[]): Macro {
    if (this.emulator === null) throw watching();
    const { macro, definition } = this.#macros.define(name, presses);
    if (definition !== undefined) this.#session.define(name, definition);
    return macro;
  }

  /** Holds exactly these buttons from now on, until the next `keys`; 0 or `''` releases all. */
  keys(buttons: string | number): Promise<EntryOutcome> {
    const build = (): Unit[] => {
      const mask = buttonMask(buttons);
      return [{ count: 1, message: (seq) => ({ type: 'keys', seq, buttons: mask }) }];
    };
    return this.#submit(build, first);
  }

  /** Sends what the gateway's batcher holds back, at once. Keeps its place behind the presses called before. */
  flush(): void {
    this.#session.entries.inOrder(() => this.#session.send({ type: 'flush' }));
  }

  /**
   * Gives up what is still queued from this seq on, at the gateway and here: its outcomes are `rejected` with
   * `cancelled`. What waits for credit has no seq yet and is given up in any case. @default from 1, everything
   */
  cancel(fromSeq = 1): void {
    this.#session.entries.dropWaiting('cancelled', 'cancelled before it was sent');
    this.#session.send({ type: 'cancel', fromSeq });
  }

  /** Saves the game under a name; the gateway makes one up if there is none. */
  save(name?: string): Promise<SavedGame> {
    return this.#command({ method: 'save', name }, (outcome) => ({
      checkpoint: outcome.detail?.checkpoint,
      outcome,
    }));
  }

  /** Continues from a checkpoint. Frame numbers go on. */
  load(name: string): Promise<EntryOutcome> {
    return this.#command({ method: 'load', name }, same);
  }

  /** Switches the game off and on again. Frame numbers go on. */
  reset(): Promise<EntryOutcome> {
    return this.#command({ method: 'reset' }, same);
  }

  /** Changes the clock the game runs by, in order with the presses. @param speed times 59.7275 frames a second */
  pace(pace: Pace, speed = 1): Promise<EntryOutcome> {
    return this.#command({ method: 'pace', pace, speed }, same);
  }

  /**
   * Runs scripts on games of the gateway's own, as many at once as it has cores to spare, each on from a checkpoint or (without `from`) from
   * this session's game as it is after every press called before. The live game goes on untouched. Any number of runs.
   *
   * ```ts
   * const rollout = pad.rollout(['UP*4', 'LEFT*4', { script: 'A', from: 'door' }], { memory: [[0xc011, 2]], keep: true });
   * for await (const { run, memory, checkpoint } of rollout) …
   * ```
   * What `keep` keeps is a checkpoint like others (`from`, `load`, `deleteCheckpoint`), in memory until the session ends.
   */
  rollout(runs: readonly (string | RunSpec)[], options: RolloutOptions = {}): Rollout {
    const session = this.#session;
    return new ClientRollout(runs, options, {
      call: (method, params) => session.call(method, params),
      get called() {
        return session.entries.called;
      },
      encoding: this.#encoding,
      maxMessageBytes: this.limits.maxMessageBytes,
      clock: session.clock,
      newId: () => `sdk-${++this.#rollouts}`,
    });
  }

  /** Answers `controlRequested`: whether who asks may have control of the emulator. */
  async grantControl(request: number, grant = true): Promise<void> {
    await this.call('grant_control', { request, grant });
  }

  /**
   * Gives control back to the session it was taken from, after every press called before. This session stays, and gets control again
   * when no other is left; `close` would end it.
   * @throws JoywireError `not_controller` without control, `unsupported` where nobody else plays
   */
  async giveBack(): Promise<void> {
    await this.call('give_back');
  }

  /** Takes control again after it was lost or given back. @throws JoywireError `control_refused` */
  async takeControl(): Promise<void> {
    await this.call('take_control');
  }

  /** Changes settings of the session; the batching in force from now on. */
  async configure(settings: Settings): Promise<Batching> {
    const batching = readBatching(await this.call('configure', { ...settings }));
    if (settings.onFailure !== undefined) this.#session.entries.setOnFailure(settings.onFailure);
    this.#batching = batching;
    return batching;
  }

  #command<T>(command: Command, pick: (outcome: EntryOutcome) => T): Promise<T> {
    const unit: Unit = { count: 1, message: (seq) => ({ type: 'command', seq, command }) };
    return this.#submit(
      () => [unit],
      (outcomes) => pick(first(outcomes)),
    );
  }

  /** @param build checks the arguments: what it throws is a mistake in the program, and rejects */
  #submit<T>(
    build: () => readonly Unit[],
    pick: (outcomes: readonly EntryOutcome[]) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    let units: readonly Unit[];
    try {
      units = build();
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new JoywireError('bug', String(error)));
    }
    if (this.emulator === null) {
      return Promise.reject(watching());
    }
    return unattended(this.#session.entries.submit(units, signal).then(pick));
  }
}

function first([outcome]: readonly EntryOutcome[]): EntryOutcome {
  if (outcome === undefined) throw new JoywireError('bug', 'an entry was settled without an outcome');
  return outcome;
}

function all(outcomes: readonly EntryOutcome[]): readonly EntryOutcome[] {
  return outcomes;
}

function watching(): JoywireError {
  return new JoywireError('not_controller', 'this session watches; it has no emulator to send entries to');
}

function same(outcome: EntryOutcome): EntryOutcome {
  return outcome;
}

/**
 * Marks a promise as handled. A press nobody waits for must not end the process when the connection breaks: whoever does
 * wait is told, and so are the listeners of `state`.
 */
function unattended<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
