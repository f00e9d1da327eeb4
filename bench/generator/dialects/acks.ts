/** Reads the gateway's acks, and integers of msgpack: no more of them than it takes to see that every press ran. */

const EXECUTED = 0;
const ACK = 2;

export class AckReader {
  #at = 0;
  /** Of the latest ack. */
  firstSeq = 0;

  /** How many outcomes this message carries; 0 when it is no ack. @throws Error when one of them did not run */
  read(bytes: Buffer, start: number): number {
    if (bytes[start + 1] !== ACK) return 0;
    this.#at = start + 2;
    this.firstSeq = this.#uint(bytes);
    const count = this.#arrayLength(bytes);
    for (let i = 0; i < count; i++) this.#outcome(bytes);
    return count;
  }

  #outcome(bytes: Buffer): void {
    const fields = this.#arrayLength(bytes);
    const status = this.#uint(bytes);
    if (status !== EXECUTED || fields > 4)
      throw new Error(`an outcome has status ${status}, ${fields} fields`);
    for (let i = 1; i < fields; i++) this.#uint(bytes);
  }

  #arrayLength(bytes: Buffer): number {
    const type = bytes[this.#at++] ?? 0;
    if (type >= 0x90 && type <= 0x9f) return type & 0x0f;
    if (type !== 0xdc) throw new Error(`byte ${type} where an array was due`);
    this.#at += 2;
    return bytes.readUInt16BE(this.#at - 2);
  }

  #uint(bytes: Buffer): number {
    const value = readUint(bytes, this.#at);
    this.#at += uintBytes(bytes[this.#at] ?? 0);
    return value;
  }
}

/** How many bytes an unsigned integer of msgpack takes that begins with this one. */
export function uintBytes(first: number): number {
  return first < 0x80 ? 1 : 1 + (1 << (first - 0xcc));
}

/** An unsigned integer of msgpack of at most 32 bits. @throws Error when there is none */
export function readUint(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return first;
  if (first < 0xcc || first > 0xce) throw new Error(`byte ${first} where an integer was due`);
  const end = at + uintBytes(first);
  let value = 0;
  for (let i = at + 1; i < end; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}
