/** What the shipped game has in its memory (roms/README.md), as a watcher reads it. */
import { type Client, connect } from '../../client/index.ts';

export interface GameMemory {
  /** 0 title, 1 world, 2 text box, 3 menu. */
  readonly mode: number;
  readonly x: number;
  readonly y: number;
  /** Joypad state that the game saw last. */
  readonly pressed: number;
  /** Joypad changes that the game has seen. */
  readonly changes: number;
  readonly steps: number;
  /** In the menu: 1 is SAVE. */
  readonly cursor: number;
  /** Whether it was saved since power-on. */
  readonly saved: boolean;
  /** Whether the cartridge held a save at power-on. */
  readonly foundSave: boolean;
}

export class Spectator implements AsyncDisposable {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(url: string): Promise<Spectator> {
    return new Spectator(await connect(url, { role: 'watch', label: 'spectator' }));
  }

  async look(emulator = 'embedded-1'): Promise<GameMemory> {
    const { bytes } = await this.#client.memory(0xc000, 0x40, { emulator });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return {
      changes: view.getUint32(8, true),
      pressed: view.getUint8(0xc),
      mode: view.getUint8(0x10),
      x: view.getUint8(0x11),
      y: view.getUint8(0x12),
      steps: view.getUint16(0x18, true),
      cursor: view.getUint8(0x15),
      saved: (view.getUint8(0x17) & 8) !== 0,
      foundSave: view.getUint8(0x1d) === 1,
    };
  }

  /** The picture now: 160x144 RGB. */
  async picture(emulator = 'embedded-1'): Promise<{ readonly frame: number; readonly bytes: Uint8Array }> {
    return await this.#client.screen({ format: 'raw', emulator });
  }

  /** How many games run. */
  async games(): Promise<number> {
    const emulators = await this.#client.emulators();
    return emulators.filter(({ state }) => state !== 'free').length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}
