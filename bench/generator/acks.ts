/** Reads acks and echoes, no more of them than it takes to see that every press was answered once, in order and executed. */
import { decodeServerMessage } from '../../shared/codec.ts';

const ACK = 2;
const EXECUTED = 0;

/** How a server answers a press. */
export type Answers = 'echo' | 'acks';

export class AnswerReader {
  readonly #answers: Answers;
  #nextSeq = 1;
  #at = 0;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  /** How many presses this message answers. @throws Error when they are not the next ones, or one of them did not run */
  read(bytes: Buffer, start: number, end: number): number {
    this.#at = start + 2;
    if (this.#answers === 'echo') return this.#take(this.#uint(bytes), 1);
    if (bytes[start + 1] !== ACK) return this.#other(bytes.subarray(start, end));
    const firstSeq = this.#uint(bytes);
    const count = this.#arrayLength(bytes);
    for (let i = 0; i < count; i++) this.#outcome(bytes);
    return this.#take(firstSeq, count);
  }

  #take(firstSeq: number, count: number): number {
    if (firstSeq !== this.#nextSeq) throw new Error(`seq ${firstSeq} came instead of ${this.#nextSeq}`);
    this.#nextSeq += count;
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
    const type = bytes[this.#at++] ?? 0;
    if (type < 0x80) return type;
    if (type < 0xcc || type > 0xce) throw new Error(`byte ${type} where an integer was due`);
    const width = 1 << (type - 0xcc);
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + (bytes[this.#at++] ?? 0);
    return value;
  }

  /** Errors are faults of the run; credit and events are of no interest. */
  #other(bytes: Buffer): 0 {
    const decoded = decodeServerMessage(bytes, 'msgpack');
    if (!decoded.ok || decoded.message.type === 'error') throw new Error(JSON.stringify(decoded));
    return 0;
  }
}
