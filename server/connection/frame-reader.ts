/**
 * Reads the commonest frame there is, a small binary message in one piece, which takes `ws` several times as long, and leaves the others to ws.
 * It knows where those end that are right in themselves (RFC 6455 section 5.2); from the first on that is not, all is for ws to judge.
 */

/** The first byte of frames in one piece, without extensions. */
const BINARY = 0x82;
const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;
/** Of the second byte: whether the payload is masked, as a client's must be, and its length. */
const MASKED = 0x80;
const LENGTH = 0x7f;
/** The most that fits there; 126 and 127 say that it stands in the next 2 or 8 bytes. */
const SMALL = 125;
const IN_TWO = 126;
const MASK_BYTES = 4;

export interface FrameSink {
  /** A small binary message. */
  message(payload: Buffer): void;
  /** Bytes of all other frames, in order with the messages. */
  others(bytes: Buffer): void;
}

export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxBytes: number;
  /** The beginning of a frame of which more must arrive before it is known what to do with it. */
  #begun: Buffer | undefined;
  /** Bytes of others' frames that are still to come. */
  #owed = 0;
  #closing = false;
  #closed = false;

  /** @param maxBytes most bytes that a message may have */
  constructor(sink: FrameSink, maxBytes: number) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  /** Nothing more is read. */
  close(): void {
    this.#closed = true;
    this.#begun = undefined;
  }

  /** What has arrived. Its bytes may be changed. */
  read(chunk: Buffer): void {
    const bytes = this.#begun === undefined ? chunk : Buffer.concat([this.#begun, chunk]);
    this.#begun = undefined;
    let at = 0;
    while (at < bytes.length && !this.#closed) {
      const end = this.#owed > 0 ? this.#passOn(bytes, at) : this.#frame(bytes, at);
      if (end === undefined) {
        this.#begun = bytes.subarray(at);
        return;
      }
      at = end;
    }
  }

  /** @returns where to go on; undefined when more must arrive first */
  #frame(bytes: Buffer, at: number): number | undefined {
    const second = bytes[at + 1];
    if (second === undefined) return undefined;
    const small = second - MASKED;
    if (bytes[at] !== BINARY || small > this.#maxBytes || small < 0 || small > SMALL)
      return this.#other(bytes, at, second);
    const start = at + 2 + MASK_BYTES;
    const end = start + small;
    if (end > bytes.length) return undefined;
    for (let i = 0; i < small; i++)
      bytes[start + i] = (bytes[start + i] ?? 0) ^ (bytes[at + 2 + (i & 3)] ?? 0);
    this.#sink.message(bytes.subarray(start, end));
    return end;
  }

  /** A frame for others. */
  #other(bytes: Buffer, at: number, second: number): number | undefined {
    const size = this.#sizeOf(bytes, at, second);
    if (size === undefined) return undefined;
    this.#owed = size;
    this.#closing = bytes[at] === CLOSE;
    return this.#passOn(bytes, at);
  }

  /** All of its bytes; Infinity when it is not right, undefined when more must arrive to tell. */
  #sizeOf(bytes: Buffer, at: number, second: number): number | undefined {
    const first = bytes[at];
    const length = second & LENGTH;
    if ((second & MASKED) === 0) return Infinity;
    if (first === PING || first === PONG || first === CLOSE) {
      return length <= SMALL ? 2 + MASK_BYTES + length : Infinity;
    }
    if (first !== BINARY) return Infinity;
    const lengthBytes = length <= SMALL ? 0 : length === IN_TWO ? 2 : 8;
    if (at + 2 + lengthBytes > bytes.length) return undefined;
    const payload = lengthBytes === 0 ? length : numberAt(bytes, at + 2, lengthBytes);
    return payload <= this.#maxBytes ? 2 + lengthBytes + MASK_BYTES + payload : Infinity;
  }

  #passOn(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#owed);
    this.#owed -= end - at;
    this.#sink.others(bytes.subarray(at, end));
    // What follows a close frame does not count (RFC 6455 section 5.5.1).
    if (this.#closing && this.#owed === 0) this.close();
    return end;
  }
}

function numberAt(bytes: Buffer, at: number, length: 2 | 8): number {
  return length === 2 ? bytes.readUInt16BE(at) : Number(bytes.readBigUInt64BE(at));
}
