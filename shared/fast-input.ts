/**
 * The short way for the message that matters most: an `input` in msgpack whose numbers are written as unsigned integers, as every
 * encoder writes them. It accepts nothing that the long way would not, and leaves everything else to it.
 */
import { ALL_BUTTONS } from './buttons.ts';
import { type ClientMessage, LIMITS } from './protocol.ts';

const INPUT = 2;
const UINT8 = 0xcc;
const UINT16 = 0xcd;
const UINT32 = 0xce;
/** What `size` gives for anything but an unsigned integer of up to 32 bits. */
const OTHER = 0;

/** The message, or undefined if the bytes are not exactly `[2, seq, buttons, hold?, gap?]` with sound values. */
export function fastInput(bytes: Uint8Array): ClientMessage | undefined {
  const fields = (bytes[0] ?? 0) - 0x90;
  if (fields < 3 || fields > 5 || bytes[1] !== INPUT) return undefined;
  let at = 2;
  let width = size(bytes, at);
  if (width === OTHER) return undefined;
  const seq = uint(bytes, at, width);
  at += width;
  width = size(bytes, at);
  if (width === OTHER) return undefined;
  const buttons = uint(bytes, at, width);
  at += width;
  let hold: number | undefined;
  let gap: number | undefined;
  if (fields > 3) {
    width = size(bytes, at);
    if (width === OTHER) return undefined;
    hold = uint(bytes, at, width);
    at += width;
  }
  if (fields > 4) {
    width = size(bytes, at);
    if (width === OTHER) return undefined;
    gap = uint(bytes, at, width);
    at += width;
  }
  const sound =
    at === bytes.length &&
    seq > 0 &&
    buttons <= ALL_BUTTONS &&
    (hold === undefined || hold <= LIMITS.maxHoldFrames) &&
    (gap === undefined || gap <= LIMITS.maxHoldFrames);
  return sound ? { type: 'input', seq, press: { buttons, hold, gap, options: undefined } } : undefined;
}

/** Bytes of the unsigned integer at a position, its type byte included; `OTHER` if it is something else or cut short. */
function size(bytes: Uint8Array, at: number): number {
  const type = bytes[at] ?? 0xc0;
  if (type < 0x80) return 1;
  const width = type === UINT8 ? 2 : type === UINT16 ? 3 : type === UINT32 ? 5 : OTHER;
  return at + width <= bytes.length ? width : OTHER;
}

function uint(bytes: Uint8Array, at: number, width: number): number {
  if (width === 1) return bytes[at] ?? 0;
  let value = 0;
  for (let i = at + 1; i < at + width; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}
