/** Where WebSockets come in: a request to upgrade is refused with an HTTP answer, or becomes the connection of a guest. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Guest } from '../access/guest.ts';
import type { Acceptor } from '../connection/acceptor.ts';
import type { Connector } from '../connection/connector.ts';
import type { AccessPolicy } from './access.ts';
import type { Crowd } from './crowd.ts';
import { negotiate, refuseUpgrade, unavailable } from './upgrade.ts';

export interface DoorDeps {
  readonly policy: AccessPolicy;
  readonly crowd: Crowd;
  readonly acceptor: Acceptor;
  readonly connector: Connector;
  /** A fault of the gateway. */
  readonly onError: (error: unknown) => void;
}

export class Door {
  readonly #deps: DoorDeps;

  constructor(deps: DoorDeps) {
    this.#deps = deps;
  }

  /** Takes the server's requests to upgrade. */
  watch(server: Server): void {
    server.on('upgrade', (request, stream, head) => {
      this.#upgrade(request, stream, head).catch((error: unknown) => {
        this.#deps.onError(error);
        stream.destroy();
      });
    });
  }

  async #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const { policy, crowd, acceptor, connector } = this.#deps;
    const { remoteAddress } = request.socket;
    const crowded = crowd.problem(remoteAddress);
    if (crowded !== undefined) return refuseUpgrade(stream, crowded);
    // Checking a signature takes a while. Nobody else listens on the socket by now, and one that breaks off then would end the process.
    const broken = () => stream.destroy();
    stream.once('error', broken);
    const negotiation = await negotiate(request, policy);
    if (stream.destroyed) return;
    stream.off('error', broken);
    if (!negotiation.ok) return refuseUpgrade(stream, negotiation.problem);
    const refusal = connector.refusal();
    if (refusal !== undefined) return refuseUpgrade(stream, unavailable(refusal));
    const guest = new Guest(negotiation.identity, Date.now);
    acceptor.accept(request, stream, head, connector.connectAs(guest, remoteAddress));
  }
}
