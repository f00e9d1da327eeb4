/**
 * WebSocket frames by hand (RFC 6455 section 5.2): a client library would cost more than some of the servers that are to be
 * measured. Client frames are masked, as the RFC wants and as servers are used to.
 */

const MASK = [0x5a, 0x17, 0xc3, 0x2e] as const;
export const TEXT = 0x81;
export const BINARY = 0x82;
const HEADER_BYTES = 2 + MASK.length;

/** What is said in one message. */
export interface Saying {
  readonly opcode: typeof TEXT | typeof BINARY;
  readonly payload: Uint8Array;
}

/** A press as every row of the benchmark sends it. Numbers up to 127. */
export interface PressShape {
  readonly buttons: number;
  readonly hold: number;
  readonly gap: number;
}

/** A message whose number alone differs from press to press, so that all are of one length. */
export interface PressMessage extends Saying {
  /** Where in the payload its number stands. */
  readonly numberAt: number;
  /** As 32 bits, big end first, or as seven decimal digits. */
  readonly numberAs: 'uint32' | 'digits';
}

/** What is added to a seq that is written as digits: all have seven of them. */
export const FIRST_OF_SEVEN_DIGITS = 1_000_000;
const DIGITS = 7;

/** One masked frame. At most 125 bytes. */
export function clientFrame({ opcode, payload }: Saying): Buffer {
  if (payload.length > 125) throw new Error('the frame is too long');
  const masked = payload.map((byte, index) => byte ^ (MASK[index % 4] ?? 0));
  return Buffer.concat([Buffer.of(opcode, 0x80 | payload.length, ...MASK), masked]);
}

/** The frames of presses with consecutive seqs, one message each. */
export class PressFrames {
  readonly #template: Buffer;
  readonly #numberAt: number;
  readonly #writeNumber: (bytes: Buffer, at: number, seq: number) => void;

  constructor(message: PressMessage) {
    this.#template = clientFrame(message);
    this.#numberAt = message.numberAt;
    this.#writeNumber = message.numberAs === 'uint32' ? this.#writeUint32 : this.#writeDigits;
  }

  build(firstSeq: number, count: number): Buffer {
    const template = this.#template;
    const size = template.length;
    const bytes = Buffer.allocUnsafe(size * count);
    for (let i = 0, at = 0; i < count; i++, at += size) {
      for (let j = 0; j < size; j++) bytes[at + j] = template[j] ?? 0;
      this.#writeNumber(bytes, at + HEADER_BYTES, firstSeq + i);
    }
    return bytes;
  }

  readonly #writeUint32 = (bytes: Buffer, payload: number, seq: number) => {
    for (let i = 0; i < 4; i++) this.#writeByte(bytes, payload, i, (seq >>> (24 - 8 * i)) & 0xff);
  };

  readonly #writeDigits = (bytes: Buffer, payload: number, seq: number) => {
    let rest = seq + FIRST_OF_SEVEN_DIGITS;
    for (let i = DIGITS - 1; i >= 0; i--) {
      this.#writeByte(bytes, payload, i, 0x30 + (rest % 10));
      rest = Math.floor(rest / 10);
    }
  };

  #writeByte(bytes: Buffer, payload: number, index: number, byte: number): void {
    const at = this.#numberAt + index;
    bytes[payload + at] = byte ^ (MASK[at & 3] ?? 0);
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
      if (first === BINARY || first === TEXT) each(bytes, start, end);
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
