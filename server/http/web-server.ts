/** The HTTP servers of a gateway, with TLS where it has a certificate. */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Certificate } from './certificate.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export function createWebServer(
  certificate: Certificate | undefined,
  options: ServerOptions & { readonly requestTimeout: number },
  listener: Listener,
): Server {
  if (certificate === undefined) return createServer(options, listener);
  // Who does not get on with the handshake of TLS is cut as who does not get on with its request.
  const handshakeTimeout = options.requestTimeout;
  const server = createTlsServer({ ...options, ...certificate.pems, handshakeTimeout }, listener);
  certificate.follow(server);
  return server;
}
