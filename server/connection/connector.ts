/** Makes connections and counts them: up to as many as the gateway takes, and none once it is stopping. */
import type { Guest } from '../access/guest.ts';
import type { Connect } from './acceptor.ts';
import { Connection, type ConnectionDeps } from './connection.ts';
import type { ConnectionSet } from './connection-set.ts';

export class Connector {
  readonly #connections: ConnectionSet;
  readonly #maxConnections: number;
  readonly #deps: ConnectionDeps;
  #last = 0;
  #stopping = false;

  /** @param deps what all connections share */
  constructor(connections: ConnectionSet, maxConnections: number, deps: ConnectionDeps) {
    this.#connections = connections;
    this.#maxConnections = maxConnections;
    this.#deps = deps;
  }

  /** Why no connection is taken now; undefined when one is. */
  refusal(): string | undefined {
    if (this.#stopping) return 'the gateway is stopping';
    const max = this.#maxConnections;
    return this.#connections.size >= max ? `all ${max} connections are taken` : undefined;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** From now on no connection is taken. */
  stop(): void {
    this.#stopping = true;
  }

  /** Makes the connection of a guest. @param address where it comes from, for the log */
  connectAs(guest: Guest, address: string | undefined): Connect {
    return (socket, encoding) => {
      this.#last += 1;
      const connection = new Connection(socket, { id: this.#last, encoding, guest }, this.#deps);
      this.#deps.log.debug('connection opened', { connection: connection.id, address, encoding });
      this.#connections.add(connection);
      return connection;
    };
  }
}
