/**
 * A game rests while nobody is there to play it: no button stays pressed and no time passes. Beginning and end of that go into the session's
 * own queue, so that neither can overtake an entry.
 */
import type { Emulator } from '../emulator/emulator.ts';
import type { ReadItem } from './entry.ts';
import type { Presence } from './presence.ts';

export interface RestDeps {
  readonly emulator: Emulator;
  readonly presence: Presence;
  /** Whether the session controls the emulator: else it is another's to rest. */
  readonly controls: () => boolean;
  /** Runs a read behind every entry accepted so far. */
  readonly enqueue: (item: ReadItem) => void;
}

export class Rest {
  readonly #deps: RestDeps;

  constructor(deps: RestDeps) {
    this.#deps = deps;
  }

  /** Nobody is there: once what was accepted has run out, the game rests, unless somebody has come by then. */
  begin(): void {
    this.#deps.enqueue({ kind: 'read', run: () => this.#letGo() });
  }

  /** Somebody is there again. */
  end(): void {
    this.#deps.enqueue({ kind: 'read', run: () => this.#goOn() });
  }

  async #letGo(): Promise<void> {
    const { emulator, presence, controls } = this.#deps;
    if (!presence.detached || !controls()) return;
    const rested = await emulator.letGo();
    if (rested) presence.tell('buttons_released', { frame: emulator.frame });
  }

  async #goOn(): Promise<void> {
    const { emulator, presence, controls } = this.#deps;
    if (presence.attached && controls()) await emulator.goOn();
  }
}
