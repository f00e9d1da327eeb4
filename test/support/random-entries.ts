/** Random entries of every kind that presses buttons, and the per-frame timeline that their outcomes claim. */
import type { ClientMessage, Outcome, Press } from '../../shared/protocol.ts';
import type { Random } from './random.ts';

/** One message, and what each of its entries does. */
export interface EntryMessage {
  readonly message: ClientMessage;
  readonly entries: readonly PlannedEntry[];
}

export type PlannedEntry =
  | { readonly kind: 'press'; readonly buttons: number; readonly hold: number; readonly gap: number }
  | { readonly kind: 'keys'; readonly buttons: number };

const MAX_GROUP = 20;

/** The next message from `seq` on: a single press, chord or wait, a group of them, or keys. */
export function randomMessage(random: Random, seq: number): EntryMessage {
  const kind: number = random.below(10);
  if (kind < 2) {
    const buttons = random.below(256);
    return { message: { type: 'keys', seq, buttons }, entries: [{ kind: 'keys', buttons }] };
  }
  if (kind < 7) {
    const press = randomPress(random);
    return { message: { type: 'input', seq, press: wire(press) }, entries: [press] };
  }
  const presses = Array.from({ length: 1 + random.below(MAX_GROUP) }, () => randomPress(random));
  const message: ClientMessage = {
    type: 'inputs',
    firstSeq: seq,
    presses: presses.map(wire),
    options: undefined,
  };
  return { message, entries: presses };
}

function randomPress(random: Random): Extract<PlannedEntry, { kind: 'press' }> {
  const buttons = random.pick([1 << random.below(8), random.below(256), 0]);
  return { kind: 'press', buttons, hold: random.below(4), gap: random.below(4) };
}

function wire({ buttons, hold, gap }: Extract<PlannedEntry, { kind: 'press' }>): Press {
  return { buttons, hold, gap, options: undefined };
}

/** The buttons pressed on each frame, by the entries and the frames that their outcomes name. */
export class ClaimedTimeline {
  readonly masks: number[] = [];
  #held = 0;

  /** @throws when the outcome names other frames than those right after the entry before it */
  add(entry: PlannedEntry, outcome: Outcome): void {
    if (outcome.status !== 'executed' || outcome.firstFrame !== this.masks.length) {
      throw new Error(`frame ${this.masks.length}: outcome ${JSON.stringify(outcome)}`);
    }
    if (entry.kind === 'keys') {
      this.#held = entry.buttons;
      this.masks.push(this.#held);
    } else {
      for (let frame = 0; frame < entry.hold; frame++) this.masks.push(this.#held | entry.buttons);
      for (let frame = 0; frame < entry.gap; frame++) this.masks.push(this.#held);
    }
    if (this.masks.length !== outcome.firstFrame + outcome.frames) {
      throw new Error(`seq names ${outcome.frames} frames`);
    }
  }

  /** Every change of the buttons: the first frame with the new ones. */
  changes(): { readonly frame: number; readonly buttons: number }[] {
    return this.masks.flatMap((buttons, frame) =>
      buttons === (this.masks[frame - 1] ?? 0) ? [] : [{ frame, buttons }],
    );
  }
}
