/** A line inside the process between a client and its connection: whole messages, in order, without a socket in between. */
import type { Socket as ClientSocket, SocketEvents } from '../../client/socket.ts';
import { CLOSE_CODES } from '../../shared/close-codes.ts';
import type { FrameData } from '../../shared/codec.ts';
import type { Encoding } from '../../shared/protocol.ts';
import type { Connect } from './acceptor.ts';
import type { Connection } from './connection.ts';
import { messageOf, type Socket } from './socket.ts';

/** When no close frame was seen (RFC 6455 section 7.1.5). */
const ABNORMAL = 1006;

/** The client's end; the gateway's connection is made by `connect` once the client has this. */
export function openLocalLine(connect: Connect, encoding: Encoding, events: SocketEvents): ClientSocket {
  const line = new LocalLine(events);
  line.open(connect, encoding);
  return line.client;
}

/** An end that never opens: the gateway takes no connection now. */
export function refuseLocalLine(reason: string, events: SocketEvents): ClientSocket {
  const code = CLOSE_CODES.service_restart.code;
  queueMicrotask(() => events.closed({ code, reason, mayReconnect: false }));
  return { send: () => {}, close: () => {}, terminate: () => {}, together: (write) => write() };
}

class LocalLine {
  readonly #events: SocketEvents;
  #connection: Connection | undefined;
  #open = true;
  #bytes = 0;

  constructor(events: SocketEvents) {
    this.#events = events;
  }

  open(connect: Connect, encoding: Encoding): void {
    queueMicrotask(() => {
      if (!this.#open) return;
      this.#connection = connect(this.#gateway, encoding);
      this.#events.opened();
    });
  }

  /** What is sent arrives when the sender's code is through, as over a network: neither end is called from within its own call. */
  readonly client: ClientSocket = {
    send: (data) => this.#arrive(data),
    close: (code, reason) => this.#end(code, reason, true),
    terminate: () => this.#end(ABNORMAL, '', false),
    together: (write) => write(),
  };

  readonly #gateway: Socket = this.#gatewayEnd();

  #gatewayEnd(): Socket {
    const bytes = () => this.#bytes;
    return {
      write: (messages) => {
        for (const message of messages) this.#deliver(messageOf(message));
      },
      deflateFromBytes: Infinity,
      // The other side takes everything at once.
      bufferedAmount: 0,
      get bytesRead() {
        return bytes();
      },
      ping: () => queueMicrotask(() => this.#connection?.heard(0)),
      close: (code, reason) => this.#end(code, reason, true),
      terminate: () => this.#end(ABNORMAL, '', true),
    };
  }

  #arrive(data: FrameData): void {
    queueMicrotask(() => {
      this.#bytes += data.length;
      if (this.#open) this.#connection?.receive(data);
    });
  }

  #deliver(data: FrameData): void {
    queueMicrotask(() => {
      if (this.#open) this.#events.message(data);
    });
  }

  /** What was sent before arrives before. */
  #end(code: number, reason: string, report: boolean): void {
    queueMicrotask(() => {
      if (!this.#open) return;
      this.#open = false;
      this.#connection?.closed(code);
      if (report) this.#events.closed({ code, reason });
    });
  }
}
