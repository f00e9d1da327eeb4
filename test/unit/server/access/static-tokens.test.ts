import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingsToken, TokenFile } from '../../../../server/access/static-tokens.ts';
import {
  hashToken,
  newToken,
  readTokenFile,
  type TokenEntry,
  writeTokenFile,
} from '../../../../server/access/token-file.ts';
import { type DataDirectory, dataDirectory } from '../../../support/data-directory.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

let folder: DataDirectory;
let path: string;
beforeEach(() => {
  folder = dataDirectory();
  path = join(folder.path, 'tokens.json');
});
afterEach(() => folder.remove());

const entry = (name: string, token: string, more: Partial<TokenEntry> = {}): TokenEntry => ({
  name,
  role: 'play',
  sha256: hashToken(token).toString('hex'),
  ...more,
});

describe('the token of the settings', () => {
  it('may do everything, and nothing else is it', async () => {
    const source = settingsToken('right');
    expect(await source.identify('right')).toEqual({ ok: true, identity: { name: 'token', role: 'admin' } });
    for (const wrong of ['', 'Right', 'right ', 'righ', 'rightt']) {
      expect(await source.identify(wrong)).toBeUndefined();
    }
  });
});

describe('a file of tokens', () => {
  it('that holds a token instead of its hash is refused without a word of it', () => {
    const token = newToken();
    for (const content of [token, `[${token}]`, JSON.stringify([{ ...entry('a', 'x'), sha256: token }])]) {
      writeFileSync(path, content);
      expect(() => readTokenFile(path)).toThrow(expect.objectContaining({ code: 'invalid_tokens' }));
      expect(() => readTokenFile(path)).not.toThrow(token.slice(0, 6));
    }
  });

  it('keeps hashes only, for its owner only', () => {
    const token = newToken();
    writeTokenFile(path, [entry('ann', token)]);
    expect(readTokenFile(path)).toEqual([entry('ann', token)]);
    expect(JSON.stringify(readTokenFile(path))).not.toContain(token);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['no JSON', '[', /JSON/],
    ['no list', '{}', /array/],
    [
      'a role that is none',
      JSON.stringify([entry('a', 'x', {}), { ...entry('b', 'y'), role: 'king' }]),
      /role/,
    ],
    ['a token instead of its hash', JSON.stringify([{ ...entry('a', 'x'), sha256: 'x' }]), /sha256/],
    ['a time that is none', JSON.stringify([{ ...entry('a', 'x'), expires: 'soon' }]), /expires/],
    ['a limit that is none', JSON.stringify([{ ...entry('a', 'x'), limits: { frames: 1 } }]), /frames/],
    ['a name twice', JSON.stringify([entry('a', 'x'), entry('a', 'y')]), /"a" is there twice/],
  ])('with %s is refused, and the file is named', (_what, content, why) => {
    writeFileSync(path, content);
    expect(() => readTokenFile(path)).toThrow(expect.objectContaining({ code: 'invalid_tokens' }));
    expect(() => readTokenFile(path)).toThrow(why);
    expect(() => readTokenFile(path)).toThrow(path);
  });

  it('says who a token is, with its limits and until when', async () => {
    const limits = { sessions: 1, connections: 2, messagesPerSecond: 3, inputsPerSecond: 4 };
    writeTokenFile(path, [
      entry('ann', 'a'),
      entry('bob', 'b', { role: 'watch', limits, expires: '2030-01-31T00:00:00Z' }),
    ]);
    const source = new TokenFile(
      path,
      () => 0,
      () => undefined,
    );
    const expiresAtMs = Date.UTC(2030, 0, 31);
    expect(await source.identify('b')).toEqual({
      ok: true,
      identity: { name: 'bob', role: 'watch', limits, expiresAtMs },
    });
    expect(await source.identify('c')).toBeUndefined();
  });

  it('is read again when it has changed, at most once a second', async () => {
    const clock = new FakeClock();
    writeTokenFile(path, [entry('ann', 'a')]);
    const source = new TokenFile(
      path,
      () => clock.now(),
      () => undefined,
    );
    writeTokenFile(path, [entry('bobby', 'b')]);
    expect(await source.identify('b')).toBeUndefined();
    clock.advance(1000);
    expect(await source.identify('b')).toMatchObject({ identity: { name: 'bobby' } });
    expect(await source.identify('a')).toBeUndefined();
  });

  it.each([
    ['is gone', () => rmSync(path)],
    ['is broken', () => writeFileSync(path, 'broken')],
    [
      'is a link that leads nowhere',
      () => {
        rmSync(path);
        symlinkSync(path, path);
      },
    ],
  ])(
    'that %s leaves the tokens read before, says so once, and is read again when it is mended',
    async (_what, spoil) => {
      const clock = new FakeClock();
      const faults: string[] = [];
      writeTokenFile(path, [entry('ann', 'a')]);
      const source = new TokenFile(
        path,
        () => clock.now(),
        (why) => faults.push(why),
      );
      spoil();
      for (let look = 1; look <= 3; look += 1) {
        clock.advance(1000);
        expect(await source.identify('a')).toMatchObject({ identity: { name: 'ann' } });
      }
      expect(faults).toEqual([expect.stringContaining(path)]);
      writeTokenFile(path, [entry('bobby', 'b')]);
      clock.advance(1000);
      expect(await source.identify('b')).toMatchObject({ identity: { name: 'bobby' } });
    },
  );
});
