/**
 * Which messages are worth deflating. It costs about 90 µs of CPU whatever the size, and some µs a KiB: bytes are saved by large
 * messages, and by those that repeat themselves. `npm run bench -- --only bytes` measures it; docs/operations.md has the figures.
 */
import { isMap } from '../../shared/check.ts';
import { assertNever } from '../../shared/errors.ts';
import type { ServerMessage } from '../../shared/protocol.ts';

/** Acks are worth it from a quarter of the size on: each outcome is much like the one before. */
const ACK_SHARE = 1 / 4;
/** How a PNG begins (ISO/IEC 15948 section 5.2). */
const PNG = [0x89, 0x50, 0x4e, 0x47];

/** @param fromBytes size from which on what is no ack is worth it; Infinity: nothing is */
export function isWorthDeflating(message: ServerMessage, bytes: number, fromBytes: number): boolean {
  const leastBytes = message.type === 'ack' ? fromBytes * ACK_SHARE : fromBytes;
  return bytes >= leastBytes && !isDense(message);
}

/** Whether most of a large message is pictures or sound in a form of their own. Pushes of bytes are that, and a PNG wherever it lies. */
function isDense(message: ServerMessage): boolean {
  switch (message.type) {
    case 'push':
      return message.payload instanceof Uint8Array;
    case 'result':
      return holdsPng(message.value);
    case 'ack':
      return message.outcomes.some(({ detail }) => holdsPng(detail?.observed?.screen));
    case 'welcome':
    case 'error':
    case 'credit':
    case 'event':
    case 'goaway':
    case 'pong':
      return false;
    default:
      return assertNever(message);
  }
}

function holdsPng(value: unknown): boolean {
  if (value instanceof Uint8Array) return PNG.every((byte, at) => value[at] === byte);
  if (Array.isArray(value)) return value.some(holdsPng);
  return isMap(value) && Object.values(value).some(holdsPng);
}
