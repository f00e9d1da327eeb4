import { describe, expect, it } from 'vitest';
import { Authenticator } from '../../../../server/access/authenticator.ts';
import { Entrance } from '../../../../server/access/entrance.ts';
import { Guest } from '../../../../server/access/guest.ts';
import type { Identity } from '../../../../server/access/identity.ts';

const PEOPLE: Readonly<Record<string, Identity>> = {
  watch: { name: 'eve', role: 'watch' },
  play: { name: 'bob', role: 'play', limits: { connections: 2 } },
  'play-again': { name: 'bob', role: 'play' },
  'watch-only': { name: 'bob', role: 'watch' },
  admin: { name: 'ann', role: 'admin' },
  none: { name: 'kim', role: 'play', limits: { connections: 0 } },
};

function entrance() {
  const identify = async (token: string) => {
    if (token === 'later') return { ok: false, message: 'no keys now', temporary: true } as const;
    const identity = PEOPLE[token];
    return identity && ({ ok: true, identity } as const);
  };
  return new Entrance(new Authenticator([{ identify }], () => 0));
}
const guest = (identity?: Identity) => new Guest(identity, () => 0);
const resume = { session: 's', secret: 'x', received: 0 };

describe('the entrance', () => {
  it.each([
    ['wrong', {}, 'unauthorized', 'unauthorized'],
    ['later', {}, 'keys_unavailable', 'try_again_later'],
    ['watch', {}, 'forbidden', 'hello_refused'],
    ['watch', { role: 'play' }, 'forbidden', 'hello_refused'],
    ['watch', { role: 'watch', resume }, 'forbidden', 'hello_refused'],
  ] as const)('refuses the token %s with the hello %j', async (token, hello, code, close) => {
    const who = guest();
    expect(await entrance().admit({ ...hello, token }, who)).toMatchObject({ ok: false, code, close });
    expect(who.identity).toBeUndefined();
  });

  it.each([
    ['watch', { role: 'watch' }, false],
    ['play', {}, true],
    ['play', { role: 'watch' }, false],
    ['play', { role: 'watch', resume }, true],
    ['admin', { role: 'play' }, true],
  ] as const)('lets in the token %s with the hello %j', async (token, hello, plays) => {
    const who = guest();
    expect(await entrance().admit({ ...hello, token }, who)).toBeUndefined();
    expect(who.identity).toBe(PEOPLE[token]);
    expect(who.plays).toBe(plays);
  });

  it('does not look at the token in hello when one came in a header', async () => {
    const who = guest(PEOPLE['admin']);
    expect(await entrance().admit({ token: 'wrong' }, who)).toBeUndefined();
  });

  it('counts the connections of a token, by its name, until they have left', async () => {
    const door = entrance();
    const [first, second, third] = [guest(), guest(), guest()];
    expect(await door.admit({ token: 'play' }, first)).toBeUndefined();
    expect(await door.admit({ token: 'watch-only', role: 'watch' }, second)).toBeUndefined();
    expect(await door.admit({ token: 'play' }, third)).toMatchObject({
      code: 'too_many',
      close: 'try_again_later',
    });
    expect(await door.admit({ token: 'admin' }, guest())).toBeUndefined();
    door.left(second);
    expect(await door.admit({ token: 'play' }, third)).toBeUndefined();
  });

  it('refuses a token that allows no connections for good', async () => {
    expect(await entrance().admit({ token: 'none' }, guest())).toMatchObject({
      code: 'forbidden',
      close: 'hello_refused',
    });
  });

  it('renews with a token of the same name that still allows what is done', async () => {
    const door = entrance();
    const [player, watcher] = [guest(), guest()];
    await door.admit({ token: 'play' }, player);
    await door.admit({ token: 'play', role: 'watch' }, watcher);
    expect(await door.renew('play-again', player)).toBeUndefined();
    expect(player.identity).toBe(PEOPLE['play-again']);
    expect(await door.renew('admin', player)).toMatchObject({ code: 'unauthorized' });
    expect(await door.renew('wrong', player)).toMatchObject({ code: 'unauthorized' });
    expect(await door.renew('later', player)).toMatchObject({ code: 'keys_unavailable' });
    expect(await door.renew('watch-only', player)).toMatchObject({ code: 'forbidden' });
    expect(player.identity).toBe(PEOPLE['play-again']);
    expect(await door.renew('watch-only', watcher)).toBeUndefined();
  });
});
