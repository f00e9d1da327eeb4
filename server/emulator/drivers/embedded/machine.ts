/** One running machine: frames, keys, picture, memory, states. The same whether a worker or a test holds it. */
import { createHash } from 'node:crypto';
import { FromGbOptions, type GameBoy, PadKey, PpuMode, SaveStateFormat, StateManager } from 'boytacean';
import { BUTTONS } from '../../../../shared/buttons.ts';
import { JoywireError } from '../../../../shared/errors.ts';
import { readBess } from './bess.ts';
import { FRAME_CLOCKS, runBootRom, switchOn } from './core.ts';
import { Memory } from './memory.ts';
import { ROW_BYTES } from '../picture.ts';
import { readHeader, type RomHeader } from './rom.ts';
import { type MachineState, readState, ROM_KEY_BYTES, writeState } from './state.ts';

const LINE_CLOCKS = 456;
const VISIBLE_LINES = 144;
const NO_ROWS = new Uint8Array(0);
const NO_SAMPLES = new Int16Array(0);
const PAD_KEYS: readonly (readonly [button: number, key: PadKey])[] = [
  [BUTTONS.A, PadKey.A],
  [BUTTONS.B, PadKey.B],
  [BUTTONS.SELECT, PadKey.Select],
  [BUTTONS.START, PadKey.Start],
  [BUTTONS.RIGHT, PadKey.Right],
  [BUTTONS.LEFT, PadKey.Left],
  [BUTTONS.UP, PadKey.Up],
  [BUTTONS.DOWN, PadKey.Down],
];

export interface MachineOptions {
  readonly rom: Uint8Array;
  /** Cartridge RAM to start with; what is too much is left out, what is missing is as in a new cartridge. */
  readonly battery: Uint8Array | undefined;
  /** Whether the sound chip runs. It changes no picture, and halves the speed. */
  readonly sound: boolean;
}

export class Machine {
  readonly header: RomHeader;
  /** Whether the sound chip runs. */
  readonly sound: boolean;
  readonly #rom: Uint8Array;
  readonly #romKey: Uint8Array;
  #core: GameBoy;
  /** An instruction is not cut short: clocks that the frames so far ran over, owed by the next one. */
  #debt = 0;
  #buttons = 0;
  /** The last whole picture, where the core's own may be half of the next one. */
  #picture: Uint8Array | undefined;
  /** After a load, until the next frame: the rows of the next picture that the core does not know to be drawn. */
  #drawn: Uint8Array = NO_ROWS;
  #samples: Int16Array = NO_SAMPLES;

  /** @throws JoywireError `invalid_rom` */
  constructor({ rom, battery, sound }: MachineOptions) {
    this.header = readHeader(rom);
    this.#rom = rom;
    this.#romKey = createHash('sha256').update(rom).digest().subarray(0, ROM_KEY_BYTES);
    this.sound = sound;
    this.#core = this.#start(battery);
  }

  /**
   * Runs one frame of 70224 clocks with these buttons pressed from its start to its end. `show` keeps the picture that it
   * completes: without it `picture` may be torn afterwards.
   */
  runFrame(buttons: number, show: boolean): void {
    this.#press(buttons);
    const speed = this.#core.multiplier();
    const wanted = FRAME_CLOCKS * speed - this.#debt;
    this.#picture = undefined;
    const ran = show && !this.#betweenPictures() ? this.#runToPicture(speed) : 0;
    this.#drawn = NO_ROWS;
    this.#debt = ran + this.#clocks(wanted - ran) - wanted;
    if (this.sound) this.#samples = this.#core.audio_buffer_eager(true);
  }

  /** What the latest frame sounded like: left, right, left, … at 44.1 kHz. Nothing without sound. */
  samples(): Int16Array {
    return this.#samples;
  }

  /** The last picture that was completed: 160x144 RGB888, to be left unchanged. */
  picture(): Uint8Array {
    this.#picture ??= this.#corePicture();
    return this.#picture;
  }

  /** Memory as it is now; it does not follow the game. */
  memory(): Memory {
    const save = StateManager.save_wa(this.#core, SaveStateFormat.Bess);
    return new Memory(readBess(save), this.#rom, this.header.mbc1);
  }

  save(): Uint8Array {
    return writeState(
      {
        debt: this.#debt,
        buttons: this.#buttons,
        picture: this.picture(),
        drawn: this.#drawnRows(),
        core: this.#saveCore(),
      },
      this.#romKey,
    );
  }

  /** SHA-256 of all RAM and the picture, as hex. Not of a saved state, which may hold a time stamp. */
  digest(): string {
    const { wram, vram, cartridgeRam, oam, hram } = readBess(
      StateManager.save_wa(this.#core, SaveStateFormat.Bess),
    );
    const hash = createHash('sha256');
    for (const part of [wram, vram, cartridgeRam, oam, hram, this.picture()]) hash.update(part);
    return hash.digest('hex');
  }

  /** Goes on exactly as the saved machine did. @throws JoywireError `invalid_state`; the game is then as before */
  load(bytes: Uint8Array): void {
    const state = readState(bytes, this.#romKey);
    const before = this.save();
    try {
      this.#restore(state);
    } catch (error) {
      // The core may have been left half loaded, or trapped, which a machine never survives: a new one takes its place.
      this.#core = this.#start(undefined);
      this.#restore(readState(before, this.#romKey));
      const message = `the core refuses the state: ${String(error)}`;
      throw new JoywireError('invalid_state', message, { cause: error });
    }
  }

  /** Switches the machine off and on. Cartridge RAM survives it if it has a battery. */
  reset(): void {
    const battery = this.header.battery ? this.battery() : undefined;
    this.#core.free();
    this.#core = this.#start(battery);
  }

  /** A copy of all cartridge RAM. */
  battery(): Uint8Array {
    return this.#core.ram_data_eager();
  }

  /** Gives its memory back: it is not to be used any more. */
  free(): void {
    this.#core.free();
  }

  #start(battery: Uint8Array | undefined): GameBoy {
    this.#core = switchOn(this.#rom, this.header.color);
    this.#core.set_apu_enabled(this.sound);
    this.#debt = 0;
    this.#buttons = 0;
    this.#picture = undefined;
    this.#drawn = NO_ROWS;
    if (battery !== undefined) this.#insertBattery(battery);
    if (this.header.color) {
      runBootRom(
        () => this.runFrame(0, true),
        (register) => this.#register(register),
      );
    }
    return this.#core;
  }

  /** The core takes any length and traps when the game reads beyond it. */
  #insertBattery(battery: Uint8Array): void {
    const ram = this.battery();
    ram.set(battery.subarray(0, ram.length));
    this.#core.set_ram_data(ram);
  }

  #register(register: number): number {
    return readBess(StateManager.save_wa(this.#core, SaveStateFormat.Bess)).registers[register] ?? 0;
  }

  #saveCore(): Uint8Array {
    // Without the thumbnail: a third of the size, and the picture is kept beside.
    const options = FromGbOptions.new(false);
    return StateManager.save_wa(this.#core, SaveStateFormat.Bos, options);
  }

  #restore(state: MachineState): void {
    StateManager.load_wa(state.core, this.#core, SaveStateFormat.Bos);
    this.#debt = state.debt;
    this.#buttons = state.buttons;
    this.#picture = state.picture;
    this.#drawn = state.drawn;
  }

  #press(buttons: number): void {
    const changed = buttons ^ this.#buttons;
    if (changed === 0) return;
    for (const [button, key] of PAD_KEYS) {
      if ((changed & button) === 0) continue;
      if ((buttons & button) !== 0) this.#core.key_press(key);
      else this.#core.key_lift(key);
    }
    this.#buttons = buttons;
  }

  #clocks(clocks: number): number {
    return Number(this.#core.clocks_cycles(clocks));
  }

  /**
   * Whether the core's picture is whole: it draws line by line into the one buffer it has, and a frame of 70224 clocks
   * starts anywhere on the screen once the game has switched the LCD off and on.
   */
  #betweenPictures(): boolean {
    const line = this.#core.ppu_ly();
    return line >= VISIBLE_LINES || (line === 0 && this.#core.ppu_mode() === PpuMode.OamRead);
  }

  /** Runs to the next vertical blank and keeps the picture; the clocks that took. Where a run is cut changes no instruction. */
  #runToPicture(speed: number): number {
    const ran = this.#clocks((VISIBLE_LINES - this.#core.ppu_ly()) * LINE_CLOCKS * speed);
    const picture = this.#corePicture();
    picture.set(this.#drawn);
    this.#picture = picture;
    return ran;
  }

  /** Not `frame_buffer_eager`: on a plain Game Boy that gives what it gave first in the same picture, even after a load. */
  #corePicture(): Uint8Array {
    return this.#core.frame_buffer_raw_eager();
  }

  #drawnRows(): Uint8Array {
    if (this.#drawn.length > 0) return this.#drawn;
    if (this.#betweenPictures()) return NO_ROWS;
    const rows = this.#core.ppu_ly() + (this.#core.ppu_mode() === PpuMode.HBlank ? 1 : 0);
    return this.#corePicture().subarray(0, rows * ROW_BYTES);
  }
}
