/** The way from the gateway's own MCP server into the gateway: connections like any other, without a socket in between. */
import { systemClock } from '../../client/clock.ts';
import { connectWith } from '../../client/connect.ts';
import type { OpenSocket } from '../../client/socket.ts';
import { SUBPROTOCOLS } from '../../shared/protocol.ts';
import { Guest } from '../access/guest.ts';
import type { Identity } from '../access/identity.ts';
import type { Connect } from '../connection/acceptor.ts';
import { openLocalLine, refuseLocalLine } from '../connection/local-line.ts';
import { packageVersion } from '../package.ts';
import type { OpenClient } from './player.ts';

export interface LocalDoorDeps {
  /** Why no connection is taken now; undefined when one is. */
  readonly refusal: () => string | undefined;
  /** What makes the connection of a guest. */
  readonly connectAs: (guest: Guest) => Connect;
}

/** Names the gateway where the SDK wants an address. */
const HERE = 'ws://localhost';

export class LocalDoor {
  readonly #deps: LocalDoorDeps;
  readonly #guests = new Set<Guest>();
  #identity: Identity;

  /** @param identity whose connections these are */
  constructor(identity: Identity, deps: LocalDoorDeps) {
    this.#identity = identity;
    this.#deps = deps;
  }

  readonly open: OpenClient = (options) =>
    connectWith({ openSocket: this.#openSocket, clock: systemClock }, HERE, {
      ...options,
      client: `joywire-mcp/${packageVersion}`,
    });

  /** Another token of the same name was presented: connections go by that from now on. */
  renew(identity: Identity): void {
    if (identity.expiresAtMs === this.#identity.expiresAtMs) return;
    this.#identity = identity;
    for (const guest of this.#guests) guest.renewed(identity);
  }

  readonly #openSocket: OpenSocket = (_url, protocol, events) => {
    const refusal = this.#deps.refusal();
    if (refusal !== undefined) return refuseLocalLine(refusal, events);
    const guest = new Guest(this.#identity, Date.now);
    this.#guests.add(guest);
    const connect = this.#deps.connectAs(guest);
    const encoding = protocol === SUBPROTOCOLS.json ? 'json' : 'msgpack';
    return openLocalLine(connect, encoding, {
      ...events,
      opened: () => events.opened(),
      message: (data) => events.message(data),
      closed: (close) => {
        this.#guests.delete(guest);
        events.closed(close);
      },
    });
  };
}
