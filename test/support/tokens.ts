/** Tokens for tests: made once, and a file with what each of them may. */
import { join } from 'node:path';
import { hashToken, newToken, type TokenEntry, writeTokenFile } from '../../server/access/token-file.ts';

export class TestTokens<Name extends string> {
  readonly #tokens: ReadonlyMap<Name, string>;
  readonly #folder: string;
  #files = 0;

  /** @param folder where the files are put */
  constructor(folder: string, names: readonly Name[]) {
    this.#folder = folder;
    this.#tokens = new Map(names.map((name) => [name, newToken()]));
  }

  of(name: Name): string {
    const token = this.#tokens.get(name);
    if (token === undefined) throw new Error(`no token ${name}`);
    return token;
  }

  all(): readonly string[] {
    return [...this.#tokens.values()];
  }

  entry(name: Name, more: Partial<TokenEntry> = {}): TokenEntry {
    return { name, role: 'play', sha256: hashToken(this.of(name)).toString('hex'), ...more };
  }

  /** The path of a new file of these. */
  file(...entries: readonly TokenEntry[]): string {
    this.#files += 1;
    const path = join(this.#folder, `tokens-${this.#files}.json`);
    writeTokenFile(path, entries);
    return path;
  }
}
