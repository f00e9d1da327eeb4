/** The certificate of a gateway with TLS, and its key: read at the start, and again when their files have changed. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import { JoywireError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';

/** PEM texts. */
interface Pems {
  readonly cert: Buffer;
  readonly key: Buffer;
}

interface Paths {
  readonly tlsCert: string;
  readonly tlsKey: string;
}

/** A server that takes another certificate while it runs: connections that are there keep theirs. */
export interface Secured {
  setSecureContext(options: SecureContextOptions): void;
}

export interface RenewalDeps {
  readonly clock: Clock;
  readonly onRenewed: (untilMs: number) => void;
  /** The files have become unreadable, or do not belong together: the certificate of before goes on being used. */
  readonly onFault: (why: string) => void;
}

/** How often the files are looked at, in ms. */
const LOOK_MS = 60_000;

export class Certificate {
  readonly #paths: Paths;
  readonly #servers: Secured[] = [];
  #pems: Pems;
  #stamp: string;
  #fault = '';

  private constructor(paths: Paths, pems: Pems, stamp: string) {
    this.#paths = paths;
    this.#pems = pems;
    this.#stamp = stamp;
  }

  /** Undefined where the settings name none. @throws JoywireError `invalid_tls` */
  static async open(settings: {
    readonly tlsCert?: string | undefined;
    readonly tlsKey?: string | undefined;
  }): Promise<Certificate | undefined> {
    const { tlsCert, tlsKey } = settings;
    if (tlsCert === undefined || tlsKey === undefined) return undefined;
    const paths = { tlsCert, tlsKey };
    const stamp = await stampOf(paths);
    return new Certificate(paths, await readPems(paths), stamp);
  }

  get pems(): Pems {
    return this.#pems;
  }

  /** The server gets every certificate to come. */
  follow(server: Secured): void {
    this.#servers.push(server);
  }

  /** Looks at the files now and then. The returned function ends that. */
  renew(deps: RenewalDeps): () => void {
    let ended = false;
    const next = () =>
      deps.clock.after(LOOK_MS, () => {
        void this.#look(deps).then(() => {
          if (!ended) timer = next();
        });
      });
    let timer = next();
    return () => {
      ended = true;
      timer.cancel();
    };
  }

  /** Certificate and key are two files: between the one and the other they do not fit, and are looked at again. */
  async #look({ onRenewed, onFault }: RenewalDeps): Promise<void> {
    try {
      const stamp = await stampOf(this.#paths);
      if (stamp === this.#stamp) return;
      this.#pems = await readPems(this.#paths);
      this.#stamp = stamp;
      this.#fault = '';
      for (const server of this.#servers) server.setSecureContext(this.#pems);
      onRenewed(Date.parse(new X509Certificate(this.#pems.cert).validTo));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== this.#fault) onFault(why);
      this.#fault = why;
    }
  }
}

async function stampOf({ tlsCert, tlsKey }: Paths): Promise<string> {
  const stats = await Promise.all([
    inFile('tlsCert', tlsCert, () => stat(tlsCert)),
    inFile('tlsKey', tlsKey, () => stat(tlsKey)),
  ]);
  return stats.map(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`).join(', ');
}

async function readPems({ tlsCert, tlsKey }: Paths): Promise<Pems> {
  const cert = await inFile('tlsCert', tlsCert, () => readFile(tlsCert));
  const key = await inFile('tlsKey', tlsKey, () => readFile(tlsKey));
  const certificate = await inFile('tlsCert', tlsCert, async () => new X509Certificate(cert));
  const privateKey = await inFile('tlsKey', tlsKey, async () => createPrivateKey(key));
  if (certificate.checkPrivateKey(privateKey)) return { cert, key };
  throw new JoywireError('invalid_tls', `tlsKey: ${tlsKey} is not the key of ${tlsCert}`);
}

async function inFile<T>(setting: string, path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new JoywireError('invalid_tls', `${setting}: ${path}: ${why}`, { cause: error });
  }
}
