/** The seven things a connection needs of a WebSocket; what library speaks behind it is the gateway's business. */
import type { FrameData } from '../../shared/codec.ts';

/** A message on its way out; `deflate` one that is to be compressed. */
export type Outgoing = FrameData | { readonly deflate: FrameData };

export interface Socket {
  /** Sends messages in order, in one write. To be compressed only where `deflateFromBytes` is not Infinity. */
  write(messages: readonly Outgoing[]): void;
  /** Size from which on messages are worth deflating; Infinity where it is not spoken. */
  readonly deflateFromBytes: number;
  /** Bytes handed to `write` that the other side's system has not taken yet. */
  readonly bufferedAmount: number;
  /** Bytes that have arrived so far. */
  readonly bytesRead: number;
  /** A WebSocket ping (RFC 6455 section 5.5.2): browsers and every client library answer it by themselves. */
  ping(): void;
  close(code: number, reason: string): void;
  /** Ends the connection without a closing handshake. */
  terminate(): void;
}

/** The message, to be compressed or not. */
export function messageOf(outgoing: Outgoing): FrameData {
  return typeof outgoing === 'string' || outgoing instanceof Uint8Array ? outgoing : outgoing.deflate;
}
