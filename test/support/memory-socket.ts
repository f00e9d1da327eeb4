/** A WebSocket in memory, and a gateway played by hand at its other end: nothing is answered unless a test says so. */
import type { OpenSocket, Socket, SocketEvents } from '../../client/socket.ts';
import { decodeClientMessage, encodeServerMessage } from '../../shared/codec.ts';
import type {
  BatchInfo,
  ClientMessage,
  Encoding,
  Outcome,
  ServerMessage,
  Welcome,
} from '../../shared/protocol.ts';

export class MemorySocket implements Socket {
  readonly url: string;
  readonly protocol: string;
  readonly events: SocketEvents;
  readonly encoding: Encoding;
  /** What each write carried, in order. */
  readonly writes: ClientMessage[][] = [];
  /** How the client ended it. */
  ended: { code: number; reason: string } | 'terminated' | undefined;
  #together = false;
  #taken = 0;

  constructor(url: string, protocol: string, events: SocketEvents) {
    this.url = url;
    this.protocol = protocol;
    this.events = events;
    this.encoding = protocol.endsWith('json') ? 'json' : 'msgpack';
  }

  send(data: Uint8Array | string): void {
    const decoded = decodeClientMessage(data, this.encoding);
    if (!decoded.ok) throw new Error(`the client sent nonsense: ${decoded.fault.message}`);
    const write = this.#together ? this.writes.at(-1) : undefined;
    if (write === undefined) this.writes.push([decoded.message]);
    else write.push(decoded.message);
  }

  close(code: number, reason: string): void {
    this.ended ??= { code, reason };
  }

  terminate(): void {
    this.ended ??= 'terminated';
  }

  together(write: () => void): void {
    this.writes.push([]);
    this.#together = true;
    write();
    this.#together = false;
  }

  /** Everything the client has sent. */
  get sent(): readonly ClientMessage[] {
    return this.writes.flat();
  }

  /** What the client has sent since the last time. */
  take(): readonly ClientMessage[] {
    const fresh = this.sent.slice(this.#taken);
    this.#taken += fresh.length;
    return fresh;
  }

  deliver(message: ServerMessage): void {
    this.events.message(encodeServerMessage(message, this.encoding));
  }

  deliverBytes(data: Uint8Array | string): void {
    this.events.message(data);
  }

  closeFromServer(code: number, reason = ''): void {
    this.events.closed({ code, reason });
  }

  /** Accepts the connection and welcomes the session. */
  welcome(change: Partial<Welcome> = {}): void {
    this.events.opened();
    this.deliver({ type: 'welcome', welcome: { ...WELCOME, ...change } });
  }

  ack(firstSeq: number, outcomes: number | readonly Outcome[], batch?: BatchInfo): void {
    const list =
      typeof outcomes === 'number'
        ? Array.from({ length: outcomes }, (_, index) => executed(firstSeq + index))
        : outcomes;
    this.deliver({ type: 'ack', firstSeq, outcomes: list, batch });
  }
}

/** An opener, and the sockets it has opened. */
export function memoryOpener(): { openSocket: OpenSocket; sockets: MemorySocket[] } {
  const sockets: MemorySocket[] = [];
  const openSocket: OpenSocket = (url, protocol, events) => {
    const socket = new MemorySocket(url, protocol, events);
    sockets.push(socket);
    return socket;
  };
  return { openSocket, sockets };
}

/** Sixteen frames a press, one after the other. */
export function executed(seq: number): Outcome {
  return {
    status: 'executed',
    firstFrame: (seq - 1) * 16,
    frames: 16,
    certainty: 'exact',
    detail: undefined,
  };
}

/** Lets everything happen that waits only for promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export const WELCOME: Welcome = {
  session: 's1',
  secret: 'secret',
  resumed: false,
  resumeMs: 60_000,
  ackedThrough: 0,
  nextSeq: 1,
  credit: 8,
  emulator: {
    id: 'e1',
    kind: 'embedded',
    rom: 'overworld',
    romHash: '',
    frame: 0,
    capabilities: {
      buttons: 0xff,
      chords: true,
      timing: true,
      keys: true,
      nativeHold: 8,
      nativeGap: 8,
      frames: 'exact',
      freeze: true,
      screen: true,
      memory: true,
      states: true,
      reset: true,
      paces: ['turbo', 'realtime'],
      largestBatch: 1024,
    },
  },
  batching: { strategy: 'threshold', maxWaitMs: 3, maxBatchSize: 8, highFrequencyThreshold: 5 },
  limits: {
    maxMessageBytes: 1_048_576,
    maxGroup: 8,
    maxHoldFrames: 36_000,
    maxMemoryBytes: 65_536,
    maxSubscriptions: 16,
    minIntervalMs: 100,
    keptOutcomes: 4096,
    keepaliveMs: 15_000,
    maxResumeMs: 3_600_000,
  },
  server: 'joywire/test',
};
