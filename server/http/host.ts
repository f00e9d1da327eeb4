/** Names of hosts as they stand in `Host` and `Origin` headers, brought to one form so that they can be compared. */
import { isIP } from 'node:net';

export interface HostPort {
  /** Lower case, without brackets and without the trailing dot of an absolute name. */
  readonly name: string;
  /** Undefined where none is given. */
  readonly port: number | undefined;
}

/** RFC 3986 section 3.2.2 without percent encoding, which no browser sends: an IPv6 address in brackets, or a name or IPv4 address. */
const HOST_PORT =
  /^(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<name>[a-z0-9_](?:[a-z0-9._-]*)))(?::(?<port>[0-9]{1,5}))?$/i;

/** Reads `host` or `host:port`. Undefined when it is neither, as with a user name, a path or a list. */
export function parseHostPort(text: string): HostPort | undefined {
  const { ipv6, name, port } = HOST_PORT.exec(text)?.groups ?? {};
  if (ipv6 === undefined && name === undefined) return undefined;
  if (ipv6 !== undefined && isIP(ipv6) !== 6) return undefined;
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && number > 65_535) return undefined;
  return { name: hostName(ipv6 ?? name ?? ''), port: number };
}

/** A host name or address in the form that `parseHostPort` gives. */
export function hostName(host: string): string {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const lower = bare.toLowerCase();
  if (isIP(lower) === 6) return new URL(`http://[${lower}]`).hostname.slice(1, -1);
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

/** Whether only this machine can be meant: `localhost`, 127.0.0.0/8, `::1`, also as mapped into IPv6. */
export function isLoopback(host: string): boolean {
  const name = hostName(host);
  if (name === 'localhost' || name === '::1') return true;
  if (isIP(name) === 4) return name.startsWith('127.');
  // ::ffff:127.0.0.1, which WHATWG URLs write as ::ffff:7f00:1
  return /^::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}$/.test(name);
}

/** Whether a bind address means every address of the machine. */
export function isWildcard(host: string): boolean {
  const name = hostName(host);
  return name === '0.0.0.0' || name === '::';
}

/** A host as URLs write it: IPv6 addresses in brackets. */
export function urlHost(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
