/** The HTTP servers of a gateway, with TLS where it has a certificate. */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { JoywireError } from '../../shared/errors.ts';

/** PEM texts. */
export interface Tls {
  readonly cert: Buffer;
  readonly key: Buffer;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Undefined where the settings name no certificate. @throws JoywireError `invalid_tls` */
export async function readTls({
  tlsCert,
  tlsKey,
}: {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
}): Promise<Tls | undefined> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const cert = await readPem('tlsCert', tlsCert);
  const key = await readPem('tlsKey', tlsKey);
  const fits = check('tlsCert', tlsCert, () =>
    new X509Certificate(cert).checkPrivateKey(check('tlsKey', tlsKey, () => createPrivateKey(key))),
  );
  if (!fits) throw new JoywireError('invalid_tls', `tlsKey: ${tlsKey} is not the key of ${tlsCert}`);
  return { cert, key };
}

export function createWebServer(tls: Tls | undefined, options: ServerOptions, listener: Listener): Server {
  return tls === undefined
    ? createServer(options, listener)
    : createTlsServer({ ...options, ...tls }, listener);
}

async function readPem(setting: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw invalid(setting, path, error);
  }
}

function check<T>(setting: string, path: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof JoywireError ? error : invalid(setting, path, error);
  }
}

function invalid(setting: string, path: string, error: unknown): JoywireError {
  const why = error instanceof Error ? error.message : String(error);
  return new JoywireError('invalid_tls', `${setting}: ${path}: ${why}`, { cause: error });
}
