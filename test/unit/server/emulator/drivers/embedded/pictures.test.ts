import { describe, expect, it } from 'vitest';
import { Pictures } from '../../../../../../server/emulator/drivers/embedded/pictures.ts';
import { FakeClock } from '../../../../../support/fake-clock.ts';

/** A game whose picture is one shade of grey. */
function rig() {
  const clock = new FakeClock();
  const game = { shade: 0, frame: 0, torn: false };
  const sent: string[] = [];
  const pictures = new Pictures({
    clock,
    look: () =>
      game.torn ? undefined : { rgb: new Uint8Array(160 * 144 * 3).fill(game.shade), frame: game.frame },
    send: (id, { number, key }) => void sent.push(`${id}: ${key ? 'key' : 'delta'} ${number}`),
  });
  const show = (shade: number) => {
    game.shade = shade;
    game.frame++;
    pictures.shown();
  };
  return { clock, game, sent, pictures, show };
}

describe('the pictures of a game', () => {
  it('starts a chain with the picture of now', () => {
    const { pictures, sent } = rig();
    pictures.open(1, { fps: 60, scale: 1 });
    pictures.open(2, { fps: 10, scale: 2 });
    expect(sent).toEqual(['1: key 1', '2: key 1']);
  });

  it('sends nothing while nothing changes', () => {
    const { clock, pictures, sent, show } = rig();
    pictures.open(1, { fps: 60, scale: 1 });
    for (let frame = 0; frame < 10; frame++) {
      clock.advance(17);
      show(0);
    }
    expect(sent).toEqual(['1: key 1']);
  });

  it('sends each chain at its own rate, and the last picture always', () => {
    const { clock, pictures, sent, show } = rig();
    pictures.open(1, { fps: 60, scale: 1 });
    pictures.open(2, { fps: 10, scale: 1 });
    for (let shade = 1; shade <= 3; shade++) {
      clock.advance(17);
      show(shade);
    }
    expect(sent.filter((each) => each.startsWith('1'))).toHaveLength(4);
    expect(sent.filter((each) => each.startsWith('2'))).toEqual(['2: key 1']);
    clock.advance(200);
    expect(sent.filter((each) => each.startsWith('2'))).toEqual(['2: key 1', '2: delta 2']);
    clock.advance(1000);
    expect(sent).toHaveLength(6);
    expect(clock.nextTimerMs).toBeUndefined();
  });

  it('wants a picture of the next frame only when one is due', () => {
    const { clock, pictures, show } = rig();
    expect(pictures.due).toBe(false);
    pictures.open(1, { fps: 10, scale: 1 });
    expect(pictures.due).toBe(false);
    clock.advance(100);
    expect(pictures.due).toBe(true);
    show(1);
    expect(pictures.due).toBe(false);
    pictures.close(1);
    clock.advance(1000);
    expect(pictures.due).toBe(false);
  });

  it('looks at no picture that is torn, and starts with the next one that is whole', () => {
    const { game, pictures, sent, show } = rig();
    game.torn = true;
    pictures.open(1, { fps: 60, scale: 1 });
    pictures.key(1);
    expect([sent, pictures.due]).toEqual([[], true]);
    game.torn = false;
    show(3);
    expect(sent).toEqual(['1: key 1']);
  });

  it('[I8] repeats the latest picture whole when it is asked for', () => {
    const { clock, pictures, sent, show } = rig();
    pictures.open(1, { fps: 60, scale: 1 });
    clock.advance(17);
    show(1);
    pictures.key(1);
    pictures.key(7);
    expect(sent).toEqual(['1: key 1', '1: delta 2', '1: key 2']);
  });
});
