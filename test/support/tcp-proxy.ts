/** A TCP proxy that breaks what passes through it, in ways that networks do: cuts, stalls, delays, slices. */
import { createServer, connect as dial, type AddressInfo, type Server, type Socket } from 'node:net';

/** `up` is from the client to the gateway. */
export type Direction = 'up' | 'down';

/** What happens to one connection. Without anything it passes. */
export interface Plan {
  /** Exactly so many bytes of a direction are delivered; then the line is gone. */
  readonly cut?: {
    readonly direction: Direction;
    readonly afterBytes: number;
    /** Whether both sides see a reset instead of an end. What was delivered may then be lost unread. */
    readonly reset?: boolean;
  };
  /** After so many bytes of a direction nothing more is delivered, and the line stays. */
  readonly stall?: { readonly direction: Direction; readonly afterBytes: number };
  /** Everything arrives so much later. */
  readonly delayMs?: number;
  /** Everything arrives in pieces of so many bytes. */
  readonly sliceBytes?: number;
}

export class TcpProxy implements AsyncDisposable {
  /** What happens to the next connections, each told its number from 0. */
  plan: (connection: number) => Plan = () => ({});
  /** Told when a plan strikes. */
  onFault: (kind: 'cut' | 'reset' | 'stall') => void = () => {};
  /** Connections so far. */
  connections = 0;
  /** Bytes of the latest connection that were taken from each side. */
  bytes: Readonly<Record<Direction, number>> = { up: 0, down: 0 };
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer({ noDelay: true }, (client) => this.#connect(client));
  }

  static async open(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** `ws://127.0.0.1:port` */
  get url(): string {
    // A server that listens on a port has an address of this kind.
    const { port } = this.#server.address() as AddressInfo;
    return `ws://127.0.0.1:${port}`;
  }

  /** Every connection breaks now. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket): void {
    const plan = this.plan(this.connections++);
    const gateway = dial({ port: this.#targetPort, host: '127.0.0.1', noDelay: true });
    const bytes = { up: 0, down: 0 };
    this.bytes = bytes;
    const end = (reset: boolean) => {
      for (const socket of [client, gateway]) {
        if (reset) socket.resetAndDestroy();
        else socket.destroySoon();
      }
    };
    for (const socket of [client, gateway]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        end(false);
      });
    }
    this.#pump('up', client, gateway, plan, bytes, end);
    this.#pump('down', gateway, client, plan, bytes, end);
    if (plan.cut?.afterBytes === 0) end(plan.cut.reset === true);
  }

  #pump(
    direction: Direction,
    from: Socket,
    to: Socket,
    { cut, stall, delayMs, sliceBytes }: Plan,
    bytes: Record<Direction, number>,
    end: (reset: boolean) => void,
  ): void {
    const cutAt = cut?.direction === direction ? cut.afterBytes : Infinity;
    const stallAt = stall?.direction === direction ? stall.afterBytes : Infinity;
    let passed = 0;
    let struck = false;
    const strike = (kind: 'cut' | 'reset' | 'stall') => {
      if (!struck) this.onFault(kind);
      struck = true;
    };
    const pass = (data: Buffer) => {
      const left = Math.min(cutAt, stallAt) - passed;
      if (left <= 0) return;
      const part = data.subarray(0, left);
      passed += part.length;
      to.write(part);
      if (passed >= stallAt) strike('stall');
      if (passed < cutAt) return;
      strike(cut?.reset === true ? 'reset' : 'cut');
      end(cut?.reset === true);
    };
    from.on('data', (data) => {
      bytes[direction] += data.length;
      const pieces = sliceBytes === undefined ? [data] : slices(data, sliceBytes);
      for (const piece of pieces) {
        if (delayMs === undefined) pass(piece);
        else setTimeout(pass, delayMs, piece);
      }
    });
  }
}

function slices(data: Buffer, size: number): Buffer[] {
  const count = Math.ceil(data.length / size);
  return Array.from({ length: count }, (_, index) => data.subarray(index * size, (index + 1) * size));
}
