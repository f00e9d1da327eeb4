/** Tokens that are known one by one: that of the settings, and those of the token file, which is read again when it changes. */
import { timingSafeEqual } from 'node:crypto';
import { statSync } from 'node:fs';
import type { TokenSource, Verdict } from './authenticator.ts';
import type { Identity } from './identity.ts';
import { hashToken, readTokenFile } from './token-file.ts';

interface Known {
  readonly hash: Buffer;
  readonly identity: Identity;
}

/** The one token of the settings; it may do everything. */
export function settingsToken(token: string): TokenSource {
  const known: Known[] = [{ hash: hashToken(token), identity: { name: 'token', role: 'admin' } }];
  return { identify: async (presented) => find(presented, known) };
}

/** How long a look at the file is good for, in ms. */
const FRESH_MS = 1000;

export class TokenFile implements TokenSource {
  readonly #path: string;
  readonly #now: () => number;
  readonly #onFault: (why: string) => void;
  #known: readonly Known[];
  #stamp: string;
  #lookedAtMs: number;

  /**
   * @param now any clock, in ms
   * @param onFault told when the file has become unreadable: the tokens read before go on counting
   * @throws JoywireError `invalid_tokens`
   */
  constructor(path: string, now: () => number, onFault: (why: string) => void) {
    this.#path = path;
    this.#now = now;
    this.#onFault = onFault;
    this.#known = readKnown(path);
    this.#stamp = stampOf(path);
    this.#lookedAtMs = now();
  }

  async identify(presented: string): Promise<Verdict | undefined> {
    if (this.#now() - this.#lookedAtMs >= FRESH_MS) this.#look();
    return find(presented, this.#known);
  }

  #look(): void {
    this.#lookedAtMs = this.#now();
    const stamp = stampOf(this.#path);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    try {
      this.#known = readKnown(this.#path);
    } catch (error) {
      this.#onFault(error instanceof Error ? error.message : String(error));
    }
  }
}

function readKnown(path: string): Known[] {
  return readTokenFile(path).map(({ name, role, sha256, expires, limits }) => ({
    hash: Buffer.from(sha256, 'hex'),
    identity: { name, role, limits, expiresAtMs: expires === undefined ? undefined : Date.parse(expires) },
  }));
}

/** Looks at all of them, whichever it is: the time it takes tells nothing. */
function find(presented: string, known: readonly Known[]): Verdict | undefined {
  const hash = hashToken(presented);
  let identity: Identity | undefined;
  for (const each of known) if (timingSafeEqual(each.hash, hash)) identity = each.identity;
  return identity && { ok: true, identity };
}

/** Changes when the file does. Of a file that cannot be looked at, empty: reading it then says why. */
function stampOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return '';
  }
}
