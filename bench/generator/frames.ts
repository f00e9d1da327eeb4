/**
 * WebSocket frames by hand (RFC 6455 section 5.2): a client library would cost more than some of the servers that are to be
 * measured. Client frames are masked, as the RFC wants and as servers are used to.
 */

const MASK = [0x5a, 0x17, 0xc3, 0x2e] as const;
const BINARY = 0x82;
/** `[2, seq, buttons, hold, gap]` with seq as a 32-bit integer: always the same length. */
const PRESS_BYTES = 10;
const SEQ_AT = 3;
const FRAME_BYTES = 2 + MASK.length + PRESS_BYTES;

/** A press as every row of the benchmark sends it. Numbers up to 127. */
export interface PressShape {
  readonly buttons: number;
  readonly hold: number;
  readonly gap: number;
}

/** One masked binary frame. At most 125 bytes. */
export function clientFrame(payload: Uint8Array): Buffer {
  if (payload.length > 125) throw new Error('the frame is too long');
  const masked = payload.map((byte, index) => byte ^ (MASK[index % 4] ?? 0));
  return Buffer.concat([Buffer.of(BINARY, 0x80 | payload.length, ...MASK), masked]);
}

/** The frames of presses with consecutive seqs, one message each. */
export class PressFrames {
  readonly #template: Buffer;

  constructor({ buttons, hold, gap }: PressShape) {
    this.#template = clientFrame(Uint8Array.of(0x95, 2, 0xce, 0, 0, 0, 0, buttons, hold, gap));
  }

  build(firstSeq: number, count: number): Buffer {
    const bytes = Buffer.allocUnsafe(FRAME_BYTES * count);
    const template = this.#template;
    for (let i = 0, at = 0; i < count; i++, at += FRAME_BYTES) {
      for (let j = 0; j < FRAME_BYTES; j++) bytes[at + j] = template[j] ?? 0;
      const seq = firstSeq + i;
      const payload = at + 2 + MASK.length;
      bytes[payload + SEQ_AT] = (seq >>> 24) ^ MASK[3];
      bytes[payload + SEQ_AT + 1] = ((seq >>> 16) & 0xff) ^ MASK[0];
      bytes[payload + SEQ_AT + 2] = ((seq >>> 8) & 0xff) ^ MASK[1];
      bytes[payload + SEQ_AT + 3] = (seq & 0xff) ^ MASK[2];
    }
    return bytes;
  }
}

/** Takes what a server sent apart into payloads. */
export class ServerFrames {
  #rest: Buffer | undefined;

  /** Calls `each` for every whole data frame that this chunk completes. @throws Error on a close frame or a fragment */
  read(chunk: Buffer, each: (bytes: Buffer, start: number, end: number) => void): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 2) {
      const header = headerBytes(bytes, at);
      if (bytes.length - at < header) break;
      const start = at + header;
      const end = start + payloadBytes(bytes, at);
      if (bytes.length < end) break;
      const first = bytes[at] ?? 0;
      if (first === BINARY) each(bytes, start, end);
      else if (first === 0x88)
        throw new Error(`the server closed: ${bytes.toString('utf8', start + 2, end)}`);
      else if (first !== 0x89) throw new Error(`a frame starts with ${first}`);
      at = end;
    }
    this.#rest = at === bytes.length ? undefined : bytes.subarray(at);
  }
}

function headerBytes(bytes: Buffer, at: number): number {
  const length = bytes[at + 1] ?? 0;
  return length < 126 ? 2 : length === 126 ? 4 : 10;
}

function payloadBytes(bytes: Buffer, at: number): number {
  const length = bytes[at + 1] ?? 0;
  if (length < 126) return length;
  return length === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
}
