/**
 * Server frames of WebSocket (RFC 6455 section 5.2) for messages that are not compressed: whole and unmasked. What leaves in a tick
 * becomes one piece of memory and one write; two pieces a message cost twice as much.
 */
import type { FrameData } from '../../shared/codec.ts';
import { messageOf, type Outgoing } from './socket.ts';

const TEXT = 0x81;
const BINARY = 0x82;

/** The messages' frames, one behind the other. */
export function framed(messages: readonly Outgoing[]): Buffer {
  let size = 0;
  for (const message of messages) size += frameBytes(payloadBytes(messageOf(message)));
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const message of messages) at = writeFrame(bytes, at, messageOf(message));
  return bytes;
}

function payloadBytes(message: FrameData): number {
  return typeof message === 'string' ? Buffer.byteLength(message) : message.length;
}

function frameBytes(payload: number): number {
  return payload + (payload < 126 ? 2 : payload < 0x1_0000 ? 4 : 10);
}

/** @returns where the next frame begins */
function writeFrame(bytes: Buffer, start: number, message: FrameData): number {
  const payload = payloadBytes(message);
  bytes[start] = typeof message === 'string' ? TEXT : BINARY;
  let at = start + 2;
  if (payload < 126) bytes[start + 1] = payload;
  else if (payload < 0x1_0000) {
    bytes[start + 1] = 126;
    at = bytes.writeUInt16BE(payload, at);
  } else {
    bytes[start + 1] = 127;
    at = bytes.writeBigUInt64BE(BigInt(payload), at);
  }
  if (typeof message === 'string') bytes.write(message, at);
  else bytes.set(message, at);
  return at + payload;
}
