/** The WebSocket URL of a gateway, from whatever people have at hand. */
import { ENDPOINT } from '../shared/protocol.ts';
import { clientError } from './errors.ts';

const SCHEMES = new Map([
  ['ws:', 'ws:'],
  ['wss:', 'wss:'],
  ['http:', 'ws:'],
  ['https:', 'wss:'],
]);

/**
 * `127.0.0.1:8080`, `http://host`, `wss://host/base` and `ws://host/v1` alike give the URL of the endpoint `/v1`.
 * @throws JoywireError `invalid_url`
 */
export function endpointUrl(address: string): string {
  const text = address.trim();
  const url = parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `ws://${text}`);
  const scheme = SCHEMES.get(url?.protocol ?? '');
  if (url === undefined || scheme === undefined) {
    throw clientError('invalid_url', `"${text}" is no http, https, ws or wss URL and no host:port`);
  }
  if (url.username !== '' || url.password !== '') {
    throw clientError('invalid_url', 'a token goes into the option `token`, not into the URL');
  }
  const base = url.pathname.replace(/\/+$/, '');
  const path = base.endsWith(ENDPOINT) ? base : base + ENDPOINT;
  return `${scheme}//${url.host}${path}${url.search}`;
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
