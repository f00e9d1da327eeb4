/** How many connections each address has open, over all ports, and when they are too many. */
import type { Server } from 'node:http';
import { isIPv6 } from 'node:net';
import type { HttpProblem } from './problem.ts';

/** Connections beyond the limit that still get an answer that says so; the rest is cut. */
const TO_BE_TOLD = 50;

/** The open connections of one address. */
interface Address {
  count: number;
  /** One of them is closed. */
  readonly left: () => void;
}

export class Crowd {
  readonly #limit: number;
  readonly #addresses = new Map<string, Address>();

  /** @param limit connections of one address that are served */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts the connections of a server from when they are opened, so that those that never ask for anything count too. */
  watch(server: Server): void {
    server.on('connection', (socket) => {
      const address = this.#address(addressKey(socket.remoteAddress));
      address.count++;
      socket.on('close', address.left);
      if (address.count > this.#limit + TO_BE_TOLD) socket.destroy();
    });
  }

  /** Why requests of this address are refused; undefined when they are not. */
  problem(address: string | undefined): HttpProblem | undefined {
    if ((this.#addresses.get(addressKey(address))?.count ?? 0) <= this.#limit) return undefined;
    return {
      status: 429,
      code: 'too_many_connections',
      message: 'this address has too many connections open',
      allowed: `${this.#limit} from one address`,
      headers: { 'Retry-After': '1' },
    };
  }

  #address(key: string): Address {
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const address: Address = {
      count: 0,
      left: () => {
        address.count--;
        if (address.count === 0) this.#addresses.delete(key);
      },
    };
    this.#addresses.set(key, address);
    return address;
  }
}

/** What an address is counted under: of IPv6 its /64, for whoever has one address of it has them all. IPv4 as mapped into IPv6 (RFC 4291 section 2.5.5.2) is the same as without. */
export function addressKey(address = ''): string {
  const mapped = /^::ffff:(?<ipv4>[\d.]+)$/i.exec(address)?.groups?.['ipv4'];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [bare = ''] = address.split('%', 1);
  const [head = '', tail] = bare.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
