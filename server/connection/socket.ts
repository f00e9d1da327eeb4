/** The eight things a connection needs of a WebSocket; what library speaks behind it is the gateway's business. */
import type { FrameData } from '../../shared/codec.ts';

export interface Socket {
  /** @param deflate only where `deflateFromBytes` is not Infinity */
  send(data: FrameData, deflate: boolean): void;
  /** Size from which on messages are worth deflating; Infinity where it is not spoken. */
  readonly deflateFromBytes: number;
  /** Between `cork` and `uncork` sends are gathered into one write. */
  cork(): void;
  uncork(): void;
  /** Bytes handed to `send` that the other side's system has not taken yet. */
  readonly bufferedAmount: number;
  /** Bytes that have arrived so far. */
  readonly bytesRead: number;
  /** A WebSocket ping (RFC 6455 section 5.5.2): browsers and every client library answer it by themselves. */
  ping(): void;
  close(code: number, reason: string): void;
  /** Ends the connection without a closing handshake. */
  terminate(): void;
}
