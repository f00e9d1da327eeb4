/** Game Boy programs for tests, written as bytes: each does one thing that a driver is to be judged by. */

/** Code, the place of a label, or a jump to one. */
type Piece = number | { readonly label: string } | { readonly jump: number; readonly to: string };

export interface Cartridge {
  /** Byte 0147: 0 is a bare ROM, 0x13 MBC3, 0x1B MBC5, both with battery RAM. @default 0 */
  readonly type?: number;
  /** Byte 0143: 0x80 runs on a Color. @default 0 */
  readonly color?: number;
  /** Banks of 16 kB; each after the first starts with its own number. @default 2 */
  readonly banks?: number;
  /** Byte 0149: 2 is 8 kB of cartridge RAM, 3 is 32 kB. @default 0 */
  readonly ram?: number;
}

const START = 0x150;
const BANK_BYTES = 0x4000;
const label = (name: string): Piece => ({ label: name });
const jr = (to: string): Piece => ({ jump: 0x18, to });
const jrNz = (to: string): Piece => ({ jump: 0x20, to });
const jrZ = (to: string): Piece => ({ jump: 0x28, to });
const jrNc = (to: string): Piece => ({ jump: 0x30, to });
const jrC = (to: string): Piece => ({ jump: 0x38, to });

const op = (...bytes: number[]) => bytes;
/** ld a, (FF00 + register) */
const loadRegister = (register: number) => [0xf0, register];
/** ld (FF00 + register), a */
const storeRegister = (register: number) => [0xe0, register];
const loadA = (value: number) => [0x3e, value];
/** ld hl, address */
const loadHl = (address: number) => [0x21, address & 0xff, address >> 8];

/** Writes a program into a cartridge. Jumps are relative, so a program is short. */
function cartridge(program: readonly Piece[], { type = 0, color = 0, banks = 2, ram = 0 }: Cartridge = {}) {
  const rom = new Uint8Array(banks * BANK_BYTES);
  for (let bank = 1; bank < banks; bank++) rom[bank * BANK_BYTES] = bank;
  rom.set([0xd9], 0x40); // reti: the vertical blank only wakes the CPU
  rom.set([0x00, 0xc3, START & 0xff, START >> 8], 0x100); // nop; jp START
  rom[0x143] = color;
  rom[0x147] = type;
  rom[0x148] = Math.log2(banks) - 1;
  rom[0x149] = ram;
  rom.set(assemble(program), START);
  return rom;
}

function assemble(program: readonly Piece[]): number[] {
  const labels = new Map<string, number>();
  let at = 0;
  for (const piece of program) {
    if (typeof piece === 'number') at += 1;
    else if ('label' in piece) labels.set(piece.label, at);
    else at += 2;
  }
  const code: number[] = [];
  for (const piece of program) {
    if (typeof piece === 'number') code.push(piece);
    else if ('jump' in piece)
      code.push(piece.jump, (distance(labels, piece.to, code.length + 2) + 256) % 256);
  }
  return code;
}

function distance(labels: Map<string, number>, to: string, from: number): number {
  const target = labels.get(to);
  if (target === undefined) throw new Error(`no label ${to}`);
  if (Math.abs(target - from) > 127) throw new Error(`label ${to} is too far`);
  return target - from;
}

/** Switches the LCD off in a vertical blank. */
const LCD_OFF: readonly Piece[] = [
  label('blank'),
  ...loadRegister(0x44),
  0xfe,
  144, // cp 144
  jrC('blank'),
  0xaf, // xor a
  ...storeRegister(0x40),
];

/** Where the recorder keeps what it saw. Its work RAM is clear otherwise. */
export const RECORDER = {
  /** Frames it has seen, 16 bits. */
  frames: 0xc004,
  /** Buttons it saw last. */
  buttons: 0xc006,
  /** First entry of the log; each is frame (16 bits), buttons, 0xA5. */
  log: 0xc100,
  /** Entries that the log holds. */
  entries: 896,
} as const;

/**
 * Logs every change of the joypad, once per vertical blank, and shows the buttons as eight tiles. Buttons are as the joypad has them
 * (`recorded`). It switches the LCD off and on at the start, so that frames end in the middle of the screen.
 */
export function recorderRom(options: Cartridge = {}): Uint8Array {
  return cartridge([...RECORDER_START, ...RECORDER_READ, ...RECORDER_LOG, ...RECORDER_DRAW], options);
}

const RECORDER_START: readonly Piece[] = [
  0xf3, // di
  ...op(0x31, 0xfe, 0xff), // ld sp, FFFE
  ...LCD_OFF,
  ...loadHl(0xc000),
  label('clear'),
  ...op(0xaf, 0x22, 0x7c, 0xfe, 0xe0), // xor a; ld (hl+), a; ld a, h; cp E0
  jrNz('clear'),
  ...loadHl(0x8010), // tile 1 is black
  ...op(0x06, 16, 0x3e, 0xff), // ld b, 16; ld a, FF
  label('tile'),
  ...op(0x22, 0x05), // ld (hl+), a; dec b
  jrNz('tile'),
  ...loadA(0xe4),
  ...storeRegister(0x47),
  0xaf,
  ...storeRegister(0x0f),
  ...loadA(0x91),
  ...storeRegister(0x40),
  ...loadA(0x01),
  ...storeRegister(0xff),
  ...op(0x11, 0x00, 0xc1), // ld de, C100
];

const RECORDER_READ: readonly Piece[] = [
  ...op(0xfb, 0x76, 0x00), // ei; halt; nop
  ...loadHl(RECORDER.frames),
  0x34, // inc (hl)
  jrNz('read'),
  ...op(0x2c, 0x34), // inc l; inc (hl)
  label('read'),
  ...loadA(0x20),
  ...storeRegister(0x00),
  ...loadRegister(0x00),
  ...loadRegister(0x00),
  ...op(0x2f, 0xe6, 0x0f, 0x47), // cpl; and 0F; ld b, a
  ...loadA(0x10),
  ...storeRegister(0x00),
  ...loadRegister(0x00),
  ...loadRegister(0x00),
  ...loadRegister(0x00),
  ...op(0x2f, 0xe6, 0x0f, 0xcb, 0x37, 0xb0, 0x47), // cpl; and 0F; swap a; or b; ld b, a
];

const RECORDER_LOG: readonly Piece[] = [
  ...loadHl(RECORDER.buttons),
  ...op(0x7e, 0xb8), // ld a, (hl); cp b
  jrZ('draw'),
  0x70, // ld (hl), b
  ...op(0x7a, 0xfe, 0xcf), // ld a, d; cp CF: the log is full
  jrNc('draw'),
  ...op(0xfa, 0x04, 0xc0, 0x12, 0x13), // ld a, (C004); ld (de), a; inc de
  ...op(0xfa, 0x05, 0xc0, 0x12, 0x13),
  ...op(0x78, 0x12, 0x13), // ld a, b; ld (de), a; inc de
  ...op(0x3e, 0xa5, 0x12, 0x13),
];

const RECORDER_DRAW: readonly Piece[] = [
  label('draw'),
  ...op(0xfa, 0x06, 0xc0, 0x0e, 8), // ld a, (C006); ld c, 8
  ...loadHl(0x9800 + 8 * 32 + 2),
  label('square'),
  ...op(0x0f, 0xf5), // rrca; push af
  ...op(0x3e, 0, 0xce, 0), // ld a, 0; adc a, 0
  ...op(0x22, 0x23, 0xf1, 0x0d), // ld (hl+), a; inc hl; pop af; dec c
  jrNz('square'),
  // Too far back for a relative jump: this is jp to where RECORDER_READ starts.
  ...op(0xc3, (START + recorderLoop()) & 0xff, (START + recorderLoop()) >> 8),
];

function recorderLoop(): number {
  return assemble(RECORDER_START).length;
}

/** A button mask as the joypad, and so the recorder, has it: d-pad low (RIGHT first), buttons high (A first). */
export function recorded(buttons: number): number {
  return (buttons >> 4) | ((buttons & 0x0f) << 4);
}

/** Writes each value to its address, in order, with the LCD off, and then does nothing. */
export function pokeRom(
  pokes: readonly (readonly [address: number, value: number])[],
  options: Cartridge = {},
) {
  const writes = pokes.flatMap(([address, value]) => [...loadA(value), 0xea, address & 0xff, address >> 8]);
  return cartridge([0xf3, ...LCD_OFF, ...writes, label('rest'), jr('rest')], options);
}

/** Runs into an illegal opcode, which traps the core, once A is pressed. */
export function illegalRom(): Uint8Array {
  return cartridge([
    label('wait'),
    ...loadA(0x10),
    ...storeRegister(0x00),
    ...loadRegister(0x00),
    ...loadRegister(0x00),
    ...op(0xe6, 0x01), // and 1: A is down when 0
    jrNz('wait'),
    0xd3,
  ]);
}

/** Switches the LCD off for good and counts in C000. */
export function lcdOffRom(): Uint8Array {
  return cartridge([...LCD_OFF, ...loadHl(0xc000), label('count'), 0x34, jr('count')]);
}
