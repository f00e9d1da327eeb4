/** The buttons of every frame of a run, from power-on, as its records tell them. Pure. */
import { assertNever, JoywireError } from '../../shared/errors.ts';
import type { Outcome } from '../../shared/protocol.ts';
import type { Asked, HeaderRecord, JournalRecord, SystemRecord } from './record.ts';

/** Frames in a row with the same buttons. */
export interface ButtonSpan {
  readonly buttons: number;
  readonly frames: number;
  /** Whether the machine is switched off and on in front of the first of them. */
  readonly power: boolean;
}

export class ButtonTimeline {
  readonly #emit: (span: ButtonSpan) => void;
  #frame = 0;
  #held = 0;
  #power = false;

  /** @param emit gets the spans in order, without a hole from frame 0 on */
  constructor(emit: (span: ButtonSpan) => void) {
    this.#emit = emit;
  }

  /** Frames so far. */
  get frames(): number {
    return this.#frame;
  }

  /**
   * Takes the next record.
   * @throws JoywireError `no_movie` when buttons alone do not make the run; `journal_corrupt` when its frames go back
   */
  add(record: JournalRecord): void {
    switch (record.kind) {
      case 'header':
        return checkHeader(record);
      case 'entries':
        for (const { asked, outcome } of record.entries) this.#entry(asked, outcome);
        return;
      case 'system':
        return this.#system(record);
      case 'mark':
        return this.#reach(record.frame);
      case 'snapshot':
        if (record.cause === 'start') throw noMovie('the run starts from a saved state, not from power-on');
        if (record.cause === 'load') throw noMovie(`a state was loaded at frame ${record.frame}`);
        return this.#reach(record.frame);
      case 'session':
      case 'intent':
      case 'ended':
        return;
      default:
        assertNever(record);
    }
  }

  #entry(asked: Asked, { status, firstFrame, certainty, detail }: Outcome): void {
    if (detail?.guard !== undefined) return this.#reach(detail.guard.frame);
    if (status === 'unknown') throw noMovie('of some entries it is not known whether they ran');
    if (status !== 'executed' || firstFrame === null) return;
    switch (asked.kind) {
      case 'press':
        checkExact(certainty, firstFrame);
        this.#reach(firstFrame);
        this.#run(this.#held | asked.buttons, asked.hold);
        this.#run(this.#held, asked.gap);
        return;
      case 'keys':
        checkExact(certainty, firstFrame);
        this.#reach(firstFrame);
        this.#held = asked.buttons;
        this.#run(this.#held, 1);
        return;
      case 'command':
      case 'faulty':
        return;
      default:
        assertNever(asked);
    }
  }

  #system(record: SystemRecord): void {
    this.#reach(record.frame);
    switch (record.what) {
      case 'release':
        this.#held = 0;
        return;
      case 'reset':
        this.#power = true;
        return;
      case 'replaced':
        this.#held = 0;
        this.#power = true;
        return;
      case 'pace':
      case 'rebuilt':
      case 'control':
        return;
      default:
        assertNever(record);
    }
  }

  /** Time passed: what is held stays held. */
  #reach(frame: number): void {
    if (frame < this.#frame) {
      throw new JoywireError('journal_corrupt', `frame ${frame} is on record behind frame ${this.#frame}`);
    }
    this.#run(this.#held, frame - this.#frame);
  }

  #run(buttons: number, frames: number): void {
    if (frames === 0) return;
    this.#emit({ buttons, frames, power: this.#power });
    this.#power = false;
    this.#frame += frames;
  }
}

function checkHeader({ core, emulator }: HeaderRecord): void {
  if (core === undefined) throw noMovie(`the frames of a ${emulator.kind} emulator are not exactly known`);
}

function checkExact(certainty: Outcome['certainty'], frame: number): void {
  if (certainty !== 'exact') throw noMovie(`frame ${frame} is not exactly known`);
}

export function noMovie(why: string): JoywireError {
  return new JoywireError('no_movie', `there is no movie of this run: ${why}`);
}
