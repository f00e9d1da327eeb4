import { describe, expect, it } from 'vitest';
import { BUTTONS } from '../../../../client/index.ts';
import { directionMask } from '../../../../client/play/input/directions.ts';
import { padMask } from '../../../../client/play/input/gamepad.ts';
import { Held } from '../../../../client/play/input/held.ts';
import {
  buttonOfKey,
  PAD,
  PRESET_NAMES,
  PRESETS,
  presetOf,
  readKeyboardMap,
  remapped,
} from '../../../../client/play/input/keyboard-map.ts';

describe('what is held', () => {
  it('is all that any source holds, and is told only when that changes', () => {
    const held = new Held();
    expect(held.set('keyboard', BUTTONS.A)).toBe(BUTTONS.A);
    expect(held.set('touch', BUTTONS.A | BUTTONS.UP)).toBe(BUTTONS.A | BUTTONS.UP);
    expect(held.set('keyboard', 0)).toBeUndefined();
    expect(held.set('touch', BUTTONS.UP)).toBe(BUTTONS.UP);
  });

  it('is let go of all at once, once', () => {
    const held = new Held();
    expect(held.clear()).toBeUndefined();
    held.set('gamepad', BUTTONS.B);
    expect(held.clear()).toBe(0);
    expect(held.mask).toBe(0);
  });
});

describe('a keyboard map', () => {
  it.each(PRESET_NAMES)('%s has keys for every button, and no key twice', (name) => {
    const { map } = PRESETS[name];
    const keys = PAD.flatMap((button) => map[button]);
    expect(PAD.every((button) => map[button].length > 0)).toBe(true);
    expect(new Set(keys).size).toBe(keys.length);
    expect(presetOf(map)).toBe(name);
  });

  it('finds buttons by the place of the key', () => {
    expect(buttonOfKey(PRESETS.mgba.map, 'KeyX')).toBe(BUTTONS.A);
    expect(buttonOfKey(PRESETS.emulatorjs.map, 'KeyX')).toBe(BUTTONS.B);
    expect(buttonOfKey(PRESETS.pyboy.map, 'KeyX')).toBe(0);
  });

  it('takes a key away from whoever had it', () => {
    const map = remapped(PRESETS.mgba.map, 'B', 'KeyX');
    expect(map.B).toEqual(['KeyX']);
    expect(map.A).toEqual([]);
    expect(presetOf(map)).toBeUndefined();
  });

  it('is read as it was kept; what is none counts as the first preset', () => {
    const own = remapped(PRESETS.mgba.map, 'START', 'Space');
    expect(readKeyboardMap(JSON.parse(JSON.stringify(own)))).toEqual(own);
    for (const kept of [undefined, null, 7, 'x', [], {}, { A: ['KeyX'] }]) {
      expect(readKeyboardMap(kept)).toEqual(PRESETS.joywire.map);
    }
    expect(readKeyboardMap({ ...own, A: [1, 'KeyQ'], B: 'KeyX' })).toMatchObject({ A: ['KeyQ'], B: [] });
  });
});

describe('a gamepad', () => {
  const pressed = (...indices: number[]) =>
    Array.from({ length: 17 }, (_, index) => ({ pressed: indices.includes(index) }));

  it('is read by the standard layout', () => {
    expect(padMask({ buttons: pressed(1, 12), axes: [] })).toBe(BUTTONS.A | BUTTONS.UP);
    expect(padMask({ buttons: pressed(0, 8, 9), axes: [] })).toBe(BUTTONS.B | BUTTONS.SELECT | BUTTONS.START);
  });

  it('has a stick that points from half way on', () => {
    expect(padMask({ buttons: [], axes: [-0.9, 0.6] })).toBe(BUTTONS.LEFT | BUTTONS.DOWN);
    expect(padMask({ buttons: [], axes: [0.3, -0.3] })).toBe(0);
  });
});

describe('a finger on the cross', () => {
  it.each([
    [0, 0, 0],
    [0.1, -0.1, 0],
    [0, -0.8, BUTTONS.UP],
    [0.2, 0.9, BUTTONS.DOWN],
    [-0.9, 0.1, BUTTONS.LEFT],
    [0.7, -0.6, BUTTONS.RIGHT | BUTTONS.UP],
  ])('at %f, %f points to %i', (x, y, mask) => {
    expect(directionMask(x, y)).toBe(mask);
  });
});
