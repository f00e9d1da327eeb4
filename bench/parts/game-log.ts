/** Reads what the game that ships has recorded in its own RAM about the joypad (roms/README.md). */
import type { Client } from '../../client/index.ts';

const HEADER = [0xc000, 16] as const;
const RING = [0xd000, 0x1000] as const;
const MAGIC = 0x4a4f5957;
const COUNT_AT = 8;
const RING_ENTRIES = 512;
const ENTRY_BYTES = 8;
const BUTTONS_AT = 4;

export class GameLog {
  readonly #pad: Client;
  #taken = 0;

  constructor(pad: Client) {
    this.#pad = pad;
  }

  /** The buttons that went down since the last call, in order; at most 512 changes may lie between. */
  async take(): Promise<number[]> {
    // The game logs a change one frame after it was made.
    await this.#pad.press(0, { hold: 2, gap: 0 });
    const { memory } = await this.#pad.memory([HEADER, RING]);
    const [header, ring] = memory.map(
      (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    );
    if (header === undefined || ring === undefined) throw new Error('two ranges were asked for');
    if (header.getUint32(0) !== MAGIC) throw new Error('the game keeps no record');
    const count = header.getUint32(COUNT_AT, true);
    if (count - this.#taken > RING_ENTRIES) throw new Error('the record was not read in time');
    const changes = Array.from({ length: count - this.#taken }, (_, index) =>
      ring.getUint8(((this.#taken + index) % RING_ENTRIES) * ENTRY_BYTES + BUTTONS_AT),
    );
    this.#taken = count;
    return changes.filter((buttons) => buttons !== 0);
  }
}
