/** The log of a game's inputs, as a file to keep: every entry with the frame it ran on. Pure. */
import { type EmulatorInfo, type EntryOutcome, formatButtons } from '../../index.ts';

/** What was done. */
export type Deed =
  | { readonly what: 'keys'; readonly buttons: number }
  | { readonly what: 'step' | 'save' | 'load' | 'reset' | 'pace'; readonly detail?: string };

interface Line {
  readonly seq: number;
  readonly frame: number | null;
  readonly status: EntryOutcome['status'];
  readonly what: Deed['what'];
  readonly buttons?: string;
  readonly detail?: string;
}

/** Entries kept: at ten presses a second, more than an hour. */
const MOST = 50_000;

export class InputLog {
  #lines: Line[] = [];
  #dropped = 0;

  /** Entries so far, also those that are not kept any more. */
  get count(): number {
    return this.#dropped + this.#lines.length;
  }

  add(deed: Deed, { seq, firstFrame, status }: EntryOutcome): void {
    const { what } = deed;
    const said =
      deed.what === 'keys'
        ? { buttons: formatButtons(deed.buttons) }
        : deed.detail === undefined
          ? {}
          : { detail: deed.detail };
    this.#lines.push({ seq, frame: firstFrame, status, what, ...said });
    if (this.#lines.length <= MOST) return;
    this.#lines = this.#lines.slice(MOST / 10);
    this.#dropped += MOST / 10;
  }

  /** The log as JSON. */
  format(session: string, { id, rom, romHash }: EmulatorInfo): string {
    const head = { format: 'joywire-inputs/1', session, emulator: id, rom, romHash, dropped: this.#dropped };
    const lines = this.#lines.map((line) => `    ${JSON.stringify(line)}`).join(',\n');
    return `{\n  ${JSON.stringify(head).slice(1, -1)},\n  "entries": [\n${lines}\n  ]\n}\n`;
  }
}
