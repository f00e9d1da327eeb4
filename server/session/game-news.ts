/** What a session hears of its game and its journal, and tells its client: it takes work, it died, nothing can be put on record. */
import type { Params } from '../../shared/protocol.ts';
import type { DriverDeath } from '../emulator/drivers/driver.ts';
import type { Controller, Emulator } from '../emulator/emulator.ts';
import type { Presence } from './presence.ts';
import type { Rest } from './rest.ts';

export interface GameNewsDeps {
  readonly emulator: Emulator;
  readonly presence: Presence;
  readonly rest: Rest;
  /** The emulator takes work. */
  readonly onReady: () => void;
}

export class GameNews implements Controller {
  readonly #deps: GameNewsDeps;

  constructor(deps: GameNewsDeps) {
    this.#deps = deps;
  }

  ready(): void {
    this.#deps.onReady();
  }

  replaced({ cause, message }: DriverDeath, error: string | undefined): void {
    const { id, frame } = this.#deps.emulator;
    const data = { emulator: id, cause, message, frame, ...(error !== undefined && { error }) };
    this.#another(error === undefined ? 'emulator_replaced' : 'emulator_lost', data);
  }

  rebuilt({ cause, message }: DriverDeath): void {
    const { id, frame } = this.#deps.emulator;
    this.#another('emulator_rebuilt', { emulator: id, cause, message, frame });
  }

  /** Nothing can be put on record for now, or (undefined) it can be again: nothing runs and nothing is acked meanwhile. */
  stalled(why: string | undefined): void {
    const { presence, onReady } = this.#deps;
    if (why !== undefined) return presence.tell('journal_stalled', { message: why });
    presence.tell('journal_resumed', {});
    onReady();
  }

  /** Another game has its own time and holds no keys: it rests anew. */
  #another(event: string, data: Params): void {
    const { presence, rest } = this.#deps;
    presence.tell(event, data);
    if (presence.detached) rest.begin();
  }
}
