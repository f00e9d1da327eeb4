/**
 * The short way for the message that a gateway sends most: an ack in msgpack whose outcomes carry no details. Its bytes are those of the long
 * way, which builds an array for every outcome first; it leaves everything else to that.
 */
import {
  type BatchInfo,
  CERTAINTIES,
  FLUSH_REASONS,
  type Outcome,
  SERVER_TYPES,
  type ServerMessage,
  STATUSES,
} from './protocol.ts';

const ACK = SERVER_TYPES.indexOf('ack');
const EXECUTED = STATUSES.indexOf('executed');
const EXACT = CERTAINTIES.indexOf('exact');
/** Most bytes of the head with the batch, and of an outcome. */
const HEAD_BYTES = 48;
const OUTCOME_BYTES = 13;
/** Memory that acks are written to one behind the other, until it is full. */
const CHUNK_BYTES = 64 * 1024;

let chunk = new Uint8Array(CHUNK_BYTES);
let at = 0;

/** The ack's bytes, or undefined if it has what this does not write: details, unknown frames, or numbers beyond 32 bits. */
export function fastAck({
  firstSeq,
  outcomes,
  batch,
}: Extract<ServerMessage, { type: 'ack' }>): Uint8Array | undefined {
  const most = HEAD_BYTES + outcomes.length * OUTCOME_BYTES;
  if (most > CHUNK_BYTES || !isUint32(firstSeq) || (batch !== undefined && !isSmall(batch))) return undefined;
  if (at + most > CHUNK_BYTES) {
    chunk = new Uint8Array(CHUNK_BYTES);
    at = 0;
  }
  const start = at;
  chunk[at++] = batch === undefined ? 0x93 : 0x94;
  chunk[at++] = ACK;
  writeUint(firstSeq);
  writeArray(outcomes.length);
  for (const outcome of outcomes) {
    if (writeOutcome(outcome)) continue;
    at = start;
    return undefined;
  }
  if (batch !== undefined) writeBatch(batch);
  return chunk.subarray(start, at);
}

function isSmall({ id, size, queuedUs, driverUs }: BatchInfo): boolean {
  return isUint32(id) && isUint32(size) && isUint32(queuedUs) && isUint32(driverUs);
}

function isUint32(value: number): boolean {
  return value >>> 0 === value;
}

/** False when it cannot be written here. */
function writeOutcome({ status, firstFrame, frames, certainty, detail }: Outcome): boolean {
  if (status !== 'executed' || detail !== undefined || firstFrame === null) return false;
  if (!isUint32(firstFrame) || !isUint32(frames)) return false;
  const sure = CERTAINTIES.indexOf(certainty);
  chunk[at++] = sure === EXACT ? 0x93 : 0x94;
  chunk[at++] = EXECUTED;
  writeUint(firstFrame);
  writeUint(frames);
  if (sure !== EXACT) chunk[at++] = sure;
  return true;
}

function writeBatch({ id, size, reason, queuedUs, driverUs }: BatchInfo): void {
  chunk[at++] = 0x95;
  writeUint(id);
  writeUint(size);
  chunk[at++] = FLUSH_REASONS.indexOf(reason);
  writeUint(queuedUs);
  writeUint(driverUs);
}

function writeArray(length: number): void {
  if (length < 16) chunk[at++] = 0x90 | length;
  else {
    chunk[at++] = 0xdc;
    writeBytes(length, 2);
  }
}

function writeUint(value: number): void {
  if (value < 0x80) chunk[at++] = value;
  else if (value < 0x100) {
    chunk[at++] = 0xcc;
    chunk[at++] = value;
  } else if (value < 0x1_0000) {
    chunk[at++] = 0xcd;
    writeBytes(value, 2);
  } else {
    chunk[at++] = 0xce;
    writeBytes(value, 4);
  }
}

function writeBytes(value: number, count: 2 | 4): void {
  if (count === 4) {
    chunk[at++] = value >>> 24;
    chunk[at++] = (value >>> 16) & 0xff;
  }
  chunk[at++] = (value >>> 8) & 0xff;
  chunk[at++] = value & 0xff;
}
