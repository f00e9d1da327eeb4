/** Deduplication on request: at most one of a press in so many frames. Decided when a batch is about to go, in frames of the game. */
import { formatButtons } from '../../../shared/buttons.ts';
import type { Dedupe } from '../../../shared/protocol.ts';
import { stepFrames } from '../../emulator/drivers/step-frames.ts';
import type { InputEntry } from '../entry.ts';

/** What does not run, and the rule that says so. */
export interface Dropped {
  readonly entry: InputEntry;
  readonly rule: string;
}

/** The presses that a session's rule has let through. */
export class Duplicates {
  /** By mask of buttons: the latest one, and its first frame. */
  readonly #latest = new Map<number, { readonly seq: number; readonly frame: number }>();

  /**
   * Sorts the entries of a batch that starts on a frame. Members of groups, `keys` and waits always pass; they count as frames, and a
   * member of a group also as a press. A group with guards must be the last of them: what it does is told by `ran`.
   */
  sort(
    entries: readonly InputEntry[],
    rule: Dedupe,
    firstFrame: number,
  ): { pass: InputEntry[]; dropped: Dropped[] } {
    const pass: InputEntry[] = [];
    const dropped: Dropped[] = [];
    let frame = firstFrame;
    for (const entry of entries) {
      const why = this.#duplicate(entry, rule, frame);
      if (why !== undefined) {
        dropped.push({ entry, rule: why });
        continue;
      }
      pass.push(entry);
      if (entry.group?.guarded === true) continue;
      this.ran(entry, frame);
      frame += stepFrames(entry);
    }
    return { pass, dropped };
  }

  /** An entry runs, from this frame on. */
  ran({ kind, buttons, seq }: InputEntry, frame: number): void {
    if (kind === 'press' && buttons !== 0) this.#latest.set(buttons, { seq, frame });
  }

  #duplicate(
    { kind, buttons, group }: InputEntry,
    { frames, buttons: of }: Dedupe,
    frame: number,
  ): string | undefined {
    if (kind !== 'press' || buttons === 0 || group !== undefined) return undefined;
    if (of !== undefined && (buttons & of) === 0) return undefined;
    const latest = this.#latest.get(buttons);
    if (latest === undefined || frame - latest.frame >= frames) return undefined;
    const after = `${frame - latest.frame} frames after seq ${latest.seq}`;
    return `dedupe: ${formatButtons(buttons)} again ${after}; at most one in ${frames} frames`;
  }
}
