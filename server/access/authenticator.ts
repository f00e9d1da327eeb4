/** Who presents a token: asks every way of knowing tokens that the gateway is set up with. */
import type { Config } from '../config.ts';
import { type Identity, LOCAL } from './identity.ts';
import { jwtSource } from './jwt.ts';
import { settingsToken, TokenFile } from './static-tokens.ts';

export type Verdict =
  | { readonly ok: true; readonly identity: Identity }
  /** `message` says what is wrong, and nothing of what is in the token. */
  | {
      readonly ok: false;
      readonly message: string;
      /** It cannot be told now whether the token is right. */
      readonly temporary?: true;
    };

/** One way of knowing tokens. */
export interface TokenSource {
  /** Undefined when the token is none of its kind or none it knows. */
  readonly identify: (token: string) => Promise<Verdict | undefined>;
}

export interface AuthenticatorDeps {
  /** Any clock, in ms. */
  readonly now: () => number;
  /** ms since 1970. */
  readonly wallClock: () => number;
  readonly onFault: (why: string) => void;
}

const WRONG: Verdict = { ok: false, message: 'the token is missing or wrong' };

export class Authenticator {
  readonly #sources: readonly TokenSource[];
  readonly #wallClock: () => number;

  constructor(sources: readonly TokenSource[], wallClock: () => number) {
    this.#sources = sources;
    this.#wallClock = wallClock;
  }

  /** With the ways that the settings name. @throws JoywireError `invalid_tokens`, `invalid_jwt_key` */
  static async open(
    config: Pick<Config, 'token' | 'tokensFile' | 'jwtKey' | 'jwksUrl' | 'jwtIssuer' | 'jwtAudience'>,
    { now, wallClock, onFault }: AuthenticatorDeps,
  ): Promise<Authenticator> {
    const sources = [
      config.token === undefined ? undefined : settingsToken(config.token),
      config.tokensFile === undefined ? undefined : new TokenFile(config.tokensFile, now, onFault),
      await jwtSource(config),
    ].filter((source) => source !== undefined);
    return new Authenticator(sources, wallClock);
  }

  /** Whether anybody must present anything. */
  get needed(): boolean {
    return this.#sources.length > 0;
  }

  /** Who presents this. Where no token is wanted, everybody is the local user. */
  async identify(token: string | undefined): Promise<Verdict> {
    if (!this.needed) return { ok: true, identity: LOCAL };
    if (token === undefined) return WRONG;
    for (const source of this.#sources) {
      const verdict = await source.identify(token);
      if (verdict?.ok === false) return verdict;
      if (verdict !== undefined) return this.#inTime(verdict.identity);
    }
    return WRONG;
  }

  #inTime(identity: Identity): Verdict {
    const { expiresAtMs = Infinity } = identity;
    if (expiresAtMs > this.#wallClock()) return { ok: true, identity };
    return { ok: false, message: 'the token has expired' };
  }
}
