/** What a connection needs of a WebSocket: so little that a browser's, `ws` and one in a test's memory all fit. */

export interface Socket {
  send(data: Uint8Array | string): void;
  /** Starts the closing handshake; `closed` follows. */
  close(code: number, reason: string): void;
  /** Gives the line up without a handshake, where the platform can. Nothing may be reported afterwards. */
  terminate(): void;
  /** Runs `write` so that everything it sends leaves in one write, where the platform can. */
  together(write: () => void): void;
}

/** How a WebSocket ended, or why it never opened. */
export interface SocketClose {
  /** 1006 when no close frame came (RFC 6455 section 7.1.5). */
  readonly code: number;
  readonly reason: string;
  /** Overrides what the code says, where more is known: an HTTP answer instead of an upgrade. */
  readonly mayReconnect?: boolean;
  readonly cause?: unknown;
}

/** Calls back never before the opener has returned; `closed` comes once and last. */
export interface SocketEvents {
  opened(): void;
  message(data: Uint8Array | string): void;
  closed(close: SocketClose): void;
}

/**
 * Opens a WebSocket to a `ws:` or `wss:` URL, offering one subprotocol.
 * @param compression whether to offer permessage-deflate, where the platform leaves that to us. @default false
 */
export type OpenSocket = (
  url: string,
  protocol: string,
  events: SocketEvents,
  compression?: boolean,
) => Socket;
