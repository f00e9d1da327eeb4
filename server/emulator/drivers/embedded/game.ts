/** A machine in time: runs batches frame by frame at its pace, and answers what it is asked in between. */
import type { Clock, Timer } from '../../../clock.ts';
import { assertNever, JoywireError } from '../../../../shared/errors.ts';
import type { GuardStop } from '../../../../shared/guards.ts';
import type { Observe, Pace, PictureFormat } from '../../../../shared/protocol.ts';
import type { StepGuards } from '../driver.ts';
import { Gate, type Verdict } from './gate.ts';
import type { Machine } from './machine.ts';
import { byteReader, looksAtPicture, observeMachine, readMemory, readScreen } from './observation.ts';
import { Pacer } from './pacer.ts';
import { Pictures } from './pictures.ts';
import { framesAt, STEP_FIELDS, Timeline } from './timeline.ts';
import { Sound } from './sound.ts';
import type { Vitals } from './vitals.ts';
import type { Answer, FromWorker, Note, Request, ToWorker } from './wire.ts';

/** How long a batch at `turbo` runs before it looks for messages: a read `now` waits that long at most. */
const SLICE_MS = 4;
/** Timers are early or late by a millisecond: the last of a wait is slept instead. */
const NAP_MS = 1.5;

export interface GameDependencies {
  readonly machine: Machine;
  readonly clock: Clock;
  readonly vitals: Vitals;
  readonly post: (message: FromWorker) => void;
  /** Sleeps this thread, exactly, for a part of a frame. */
  readonly nap: (ms: number) => void;
  /** Why the core trapped, if it said so. */
  readonly panic: () => string | undefined;
}

type Time =
  | { readonly pace: 'turbo' }
  | {
      readonly pace: 'realtime';
      readonly pacer: Pacer;
      readonly speed: number;
      timer: Timer | undefined;
      frozen: boolean;
    };

interface Timing {
  readonly startedAtMs: number;
  /** When the first frame of the current step began. */
  firstAtMs: number;
  /** Of the steps that have finished and are not yet posted (`TIME_FIELDS`). */
  times: number[];
}

export class Game {
  readonly #deps: GameDependencies;
  readonly #timeline = new Timeline();
  #time: Time = { pace: 'turbo' };
  #frame: number;
  #observe: readonly (Observe | undefined)[] = [];
  /** What decides whether steps begin; undefined where nothing does. */
  #gate: Gate | undefined;
  /** At `turbo`: steps after whose last frame the picture is looked at. */
  #shows: readonly boolean[] = [];
  /** Finished and not yet posted; with notes, or none at all, for a whole batch. */
  #outcomes: number[] = [];
  #notes: (Note | undefined)[] = [];
  /** Of a batch that is timed. */
  #timing: Timing | undefined;
  /** Asked for in the middle of a batch: answered after the next frame, which keeps its picture. */
  #screensAsked: { readonly id: number; readonly format: PictureFormat }[] = [];
  readonly #pictures: Pictures;
  readonly #sound: Sound;
  /** The latest frame's picture was not kept: what the core has may be half of the next one. */
  #torn = false;
  #trapped = false;

  constructor(dependencies: GameDependencies, firstFrame: number, held = 0) {
    this.#deps = dependencies;
    this.#frame = firstFrame;
    this.#timeline.hold(held);
    dependencies.vitals.frame = firstFrame;
    const { machine, clock, post } = dependencies;
    this.#sound = new Sound((bytes) => post({ kind: 'sound', bytes }));
    this.#pictures = new Pictures({
      clock,
      look: () => (this.#torn ? undefined : { rgb: machine.picture(), frame: this.#frame }),
      send: (id, picture) => post({ kind: 'picture', id, picture }),
    });
  }

  receive(message: ToWorker): void {
    this.#guard(() => {
      if (Array.isArray(message)) this.#begin(message, [], undefined, false);
      else this.#take(message);
    });
    this.#deps.vitals.beat();
  }

  #take(message: Exclude<ToWorker, number[]>): void {
    switch (message.kind) {
      case 'batch':
        return this.#begin(message.steps, message.observe, message.guards, message.timed);
      case 'request':
        return this.#answer(message.id, message.request);
      case 'watch':
        return this.#pictures.open(message.id, message.options);
      case 'key':
        return this.#pictures.key(message.id);
      case 'unwatch':
        return this.#pictures.close(message.id);
      case 'listen':
        return this.#sound.listen(message.on);
      default:
        return assertNever(message);
    }
  }

  #begin(
    steps: number[],
    observe: readonly (Observe | undefined)[],
    guards: readonly (StepGuards | undefined)[] | undefined,
    timed: boolean,
  ): void {
    this.#timing = timed ? { startedAtMs: this.#deps.clock.now(), firstAtMs: 0, times: [] } : undefined;
    this.#observe = observe;
    this.#gate = guards && new Gate(guards);
    this.#shows = picturesLookedAt(steps, observe, guards ?? []);
    this.#timeline.begin(steps);
    if (this.#time.pace === 'turbo') this.#slice();
    // Between frames a step without frames is over at once; the others start with the next frame.
    else if (!this.#time.frozen) this.#settleAndPost();
  }

  /** Runs what it can of the batch, posts what has finished, and goes on after the messages that came meanwhile. */
  #slice(): void {
    const { clock } = this.#deps;
    const endMs = clock.now() + SLICE_MS;
    this.#settle();
    while (!this.#timeline.idle) {
      const { waiting, framesLeft, index } = this.#timeline;
      // Any frame of a wait may be the last of the batch.
      const looked = waiting || (framesLeft === 1 && this.#shows[index] === true);
      this.#runFrame(looked || this.#screensAsked.length > 0 || this.#pictures.due);
      this.#settle();
      if (clock.now() >= endMs) break;
    }
    this.#post();
    if (!this.#timeline.idle) clock.endOfTick(() => this.#guard(() => this.#slice()));
  }

  /** At `realtime`: a timer, or the end of a turn when late, has come. */
  #tick(): void {
    const time = this.#time;
    if (time.pace === 'turbo' || time.frozen) return;
    const { clock, nap, vitals } = this.#deps;
    const waitMs = time.pacer.waitMs(clock.now());
    if (waitMs > NAP_MS) return this.#wake(time, waitMs);
    if (waitMs > 0) nap(waitMs);
    time.pacer.run(clock.now());
    vitals.framesGivenUp = time.pacer.givenUp;
    this.#settle();
    this.#runFrame(true);
    this.#sound.ran(this.#deps.machine.samples(), this.#frame, time.speed);
    this.#settleAndPost();
    this.#wake(time, time.pacer.waitMs(clock.now()));
  }

  #wake(time: Time & { pace: 'realtime' }, waitMs: number): void {
    const { clock } = this.#deps;
    const tick = () => this.#guard(() => this.#tick());
    if (waitMs > NAP_MS) {
      time.timer = clock.after(waitMs - NAP_MS, tick);
    } else {
      let cancelled = false;
      time.timer = { cancel: () => (cancelled = true) };
      clock.endOfTick(() => cancelled || tick());
    }
  }

  #runFrame(show: boolean): void {
    const { machine, vitals } = this.#deps;
    if (this.#timing !== undefined) this.#frameBegins(this.#timing);
    machine.runFrame(this.#timeline.buttons(), show);
    this.#timeline.ran();
    vitals.frame = ++this.#frame;
    vitals.beat();
    this.#torn = !show;
    if (!show) return;
    if (this.#screensAsked.length > 0) this.#showScreens();
    this.#pictures.shown();
  }

  #showScreens(): void {
    const asked = this.#screensAsked;
    this.#screensAsked = [];
    for (const { id, format } of asked) this.#reply(id, readScreen(this.#deps.machine, format));
  }

  /** Ends every step that has run its frames, and begins the next one that may. */
  #settle(): void {
    while (!this.#timeline.idle) {
      const waited = this.#gate === undefined ? 0 : this.#begins(this.#gate);
      if (waited === undefined || this.#timeline.framesLeft > 0) return;
      const { frames, index } = this.#timeline;
      this.#outcomes.push(this.#frame - frames, frames);
      if (this.#timing !== undefined) this.#stepEnds(this.#timing, frames);
      this.#note(index, waited, undefined);
      this.#timeline.finish();
    }
  }

  /** Frames that the current step has waited for, if it has begun; steps that do not run are over. Undefined if there is none that begins now. */
  #begins(gate: Gate): number | undefined {
    const read = byteReader(this.#deps.machine);
    while (!this.#timeline.idle) {
      const verdict = gate.ask(this.#timeline.index, this.#frame, read);
      this.#timeline.waiting = verdict.kind === 'wait';
      if (verdict.kind === 'begin') return verdict.waited;
      if (verdict.kind === 'wait') return undefined;
      this.#stop(verdict);
    }
    return undefined;
  }

  /** Steps do not run. The wait was before the first of them. */
  #stop({ steps, stop, waited }: Verdict & { kind: 'stop' }): void {
    const first = this.#timeline.index;
    const count = Math.min(steps, this.#timeline.left);
    for (let index = first; index < first + count; index++) {
      this.#outcomes.push(0, 0);
      if (this.#timing !== undefined) this.#stepEnds(this.#timing, 0);
      this.#note(index, index === first ? waited : 0, stop);
    }
    this.#timeline.skip(count);
  }

  #note(index: number, waited: number, stop: GuardStop | undefined): void {
    if (this.#observe.length === 0 && this.#gate === undefined) return;
    const observe = this.#observe[index];
    const observation = observe && observeMachine(this.#deps.machine, observe);
    // Pictures of many steps that run no frame take their time, too.
    if (observe !== undefined) this.#deps.vitals.beat();
    const nothing = observation === undefined && stop === undefined && waited === 0;
    this.#notes.push(nothing ? undefined : { observation, waited, stop });
  }

  #frameBegins(timing: Timing): void {
    const first = !this.#timeline.idle && this.#timeline.framesLeft === this.#timeline.frames;
    if (first) timing.firstAtMs = this.#deps.clock.now();
  }

  /** A step without frames is over as it begins. */
  #stepEnds({ startedAtMs, firstAtMs, times }: Timing, frames: number): void {
    const endAtMs = this.#deps.clock.now();
    times.push(startedAtMs, frames === 0 ? endAtMs : firstAtMs, endAtMs);
  }

  #settleAndPost(): void {
    this.#settle();
    this.#post();
  }

  #post(): void {
    const outcomes = this.#outcomes;
    if (outcomes.length === 0) return;
    this.#outcomes = [];
    const notes = this.#notes;
    const times = this.#timing?.times ?? [];
    if (notes.length === 0 && times.length === 0) return this.#deps.post(outcomes);
    this.#notes = [];
    if (this.#timing !== undefined) this.#timing.times = [];
    this.#deps.post({ kind: 'outcomes', outcomes, notes, times });
  }

  #answer(id: number, request: Request): void {
    if (request.kind === 'screen' && this.#time.pace === 'turbo' && !this.#timeline.idle) {
      this.#screensAsked.push({ id, format: request.format });
      return;
    }
    try {
      this.#reply(id, this.#perform(request));
    } catch (error) {
      if (!(error instanceof JoywireError)) throw error;
      this.#deps.post({ kind: 'refusal', id, code: error.code, message: error.message });
    }
  }

  #reply(id: number, value: Answer): void {
    this.#deps.post({ kind: 'answer', id, frame: this.#frame, value });
  }

  #perform(request: Request): Answer {
    const { machine } = this.#deps;
    switch (request.kind) {
      case 'screen':
        return readScreen(machine, request.format);
      case 'memory':
        return readMemory(machine, request.ranges);
      case 'save':
        return machine.save();
      case 'snapshot':
        return { bytes: machine.save(), held: this.#timeline.held, digest: machine.digest() };
      case 'battery':
        return machine.battery();
      default:
        this.#change(request);
        return undefined;
    }
  }

  #change(request: Exclude<Request, { kind: 'screen' | 'memory' | 'save' | 'snapshot' | 'battery' }>): void {
    const { machine } = this.#deps;
    switch (request.kind) {
      case 'load':
        machine.load(request.state);
        return this.#changedAtOnce();
      case 'reset':
        machine.reset();
        return this.#changedAtOnce();
      case 'release':
        return this.#timeline.hold(0);
      case 'pace':
        return this.#setPace(request.pace, request.speed);
      case 'freeze':
        return this.#freeze(request.frozen);
      default:
        return assertNever(request);
    }
  }

  /** Another picture without a frame. */
  #changedAtOnce(): void {
    this.#torn = false;
    this.#pictures.shown();
  }

  /** A new pace starts with time going on. */
  #setPace(pace: Pace, speed: number): void {
    if (this.#time.pace === 'realtime') this.#time.timer?.cancel();
    this.#sound.paused();
    if (pace === 'turbo') {
      this.#time = { pace };
      return;
    }
    const pacer = new Pacer(this.#deps.clock.now(), speed);
    this.#time = { pace, pacer, speed, timer: undefined, frozen: false };
    this.#wake(this.#time, 0);
  }

  #freeze(frozen: boolean): void {
    const time = this.#time;
    if (time.pace === 'turbo' || time.frozen === frozen) return;
    time.frozen = frozen;
    time.timer?.cancel();
    if (frozen) return this.#sound.paused();
    time.pacer.rebase(this.#deps.clock.now());
    this.#wake(time, 0);
  }

  /** What the core throws is a trap, which it does not survive: what has finished is told, and nothing runs any more. */
  #guard(work: () => void): void {
    if (this.#trapped) return;
    try {
      work();
    } catch (error) {
      this.#trapped = true;
      this.#post();
      const why = this.#deps.panic() ?? String(error);
      this.#deps.post({ kind: 'trapped', message: `the core failed on frame ${this.#frame}: ${why}` });
    }
  }
}

/**
 * For each step whether the picture after it is looked at: by its observation, by that of steps without frames that follow it, or by
 * whoever looks when the batch is over and time stands still, which it may be where a guard stands.
 */
function picturesLookedAt(
  steps: readonly number[],
  observe: readonly (Observe | undefined)[],
  guards: readonly (StepGuards | undefined)[],
): boolean[] {
  const shows = Array.from({ length: steps.length / STEP_FIELDS }, () => false);
  let looked = true;
  for (let index = shows.length - 1; index >= 0; index--) {
    looked ||= looksAtPicture(observe[index]);
    shows[index] = looked;
    if (framesAt(steps, index * STEP_FIELDS) > 0) looked = false;
    looked ||= guards[index] !== undefined;
  }
  return shows;
}
