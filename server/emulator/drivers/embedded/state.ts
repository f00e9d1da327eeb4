/**
 * A saved state as bytes: what the core saves, and around it what it does not: the clocks that the last frame ran over, the
 * buttons that the pad holds, and the picture. A checksum and the ROM's hash keep foreign and broken bytes from the core,
 * which takes many of them without complaint.
 */
import { crc32 } from 'node:zlib';
import { JoywireError } from '../../../../shared/errors.ts';
import { PICTURE_BYTES, ROW_BYTES } from '../picture.ts';

/** "JWST". */
const MAGIC = 0x4a575354;
const VERSION = 1;
const HEADER_BYTES = 32;
export const ROM_KEY_BYTES = 16;

export interface MachineState {
  /** Clocks by which the frames so far ran over, to be taken from the next one. */
  readonly debt: number;
  /** Mask of the buttons that are pressed in the core. */
  readonly buttons: number;
  /** The picture now: 160x144 RGB888. */
  readonly picture: Uint8Array;
  /** Rows already drawn of the picture to come: the core's own save leaves them out. */
  readonly drawn: Uint8Array;
  readonly core: Uint8Array;
}

/** `romKey` is the start of the ROM's SHA-256. */
export function writeState(state: MachineState, romKey: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + PICTURE_BYTES + state.drawn.length + state.core.length);
  bytes.set(romKey, HEADER_BYTES - ROM_KEY_BYTES);
  bytes.set(state.picture, HEADER_BYTES);
  bytes.set(state.drawn, HEADER_BYTES + PICTURE_BYTES);
  bytes.set(state.core, HEADER_BYTES + PICTURE_BYTES + state.drawn.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint8(4, VERSION);
  view.setUint8(5, state.buttons);
  view.setUint8(6, state.drawn.length / ROW_BYTES);
  view.setInt32(8, state.debt);
  view.setUint32(12, crc32(bytes.subarray(HEADER_BYTES)));
  return bytes;
}

/** @throws JoywireError `invalid_state` when the bytes are not a state, broken, or of another ROM */
export function readState(bytes: Uint8Array, romKey: Uint8Array): MachineState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0) !== MAGIC)
    throw invalid('these bytes are not a state');
  if (view.getUint8(4) !== VERSION)
    throw invalid(`the state has version ${view.getUint8(4)}, not ${VERSION}`);
  const romAt = HEADER_BYTES - ROM_KEY_BYTES;
  if (romKey.some((byte, index) => byte !== bytes[romAt + index]))
    throw invalid('the state is of another ROM');
  if (view.getUint32(12) !== crc32(bytes.subarray(HEADER_BYTES))) throw invalid('the state is damaged');
  const drawnAt = HEADER_BYTES + PICTURE_BYTES;
  const coreAt = drawnAt + view.getUint8(6) * ROW_BYTES;
  return {
    debt: view.getInt32(8),
    buttons: view.getUint8(5),
    picture: bytes.slice(HEADER_BYTES, drawnAt),
    drawn: bytes.slice(drawnAt, coreAt),
    core: bytes.subarray(coreAt),
  };
}

function invalid(message: string): JoywireError {
  return new JoywireError('invalid_state', message);
}
