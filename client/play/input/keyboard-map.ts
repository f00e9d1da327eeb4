/** Which key is which button: presets for what people know from elsewhere, and their own. Keys by place (`KeyboardEvent.code`). */
import { BUTTONS } from '../../index.ts';

/** The buttons of a Game Boy, in the order they are listed. */
export const PAD = ['UP', 'DOWN', 'LEFT', 'RIGHT', 'A', 'B', 'START', 'SELECT'] as const;
export type PadButton = (typeof PAD)[number];

/** The keys of each button. A key is in one list at most. */
export type KeyboardMap = Readonly<Record<PadButton, readonly string[]>>;

const ARROWS = { UP: ['ArrowUp'], DOWN: ['ArrowDown'], LEFT: ['ArrowLeft'], RIGHT: ['ArrowRight'] } as const;

export const PRESETS = {
  joywire: {
    name: 'Joywire',
    map: {
      UP: ['ArrowUp', 'KeyW'],
      DOWN: ['ArrowDown', 'KeyS'],
      LEFT: ['ArrowLeft', 'KeyA'],
      RIGHT: ['ArrowRight', 'KeyD'],
      A: ['KeyX', 'KeyK'],
      B: ['KeyZ', 'KeyJ'],
      START: ['Enter'],
      SELECT: ['Backspace', 'ShiftRight'],
    },
  },
  // mGBA's Qt frontend: src/platform/qt/InputController.cpp binds X, Z, Return and Backspace.
  mgba: {
    name: 'mGBA',
    map: { ...ARROWS, A: ['KeyX'], B: ['KeyZ'], START: ['Enter'], SELECT: ['Backspace'] },
  },
  // PyBoy: pyboy/plugins/window_sdl2.py.
  pyboy: {
    name: 'PyBoy',
    map: { ...ARROWS, A: ['KeyA'], B: ['KeyS'], START: ['Enter'], SELECT: ['Backspace'] },
  },
  // EmulatorJS: docs4devs/control-mapping, where 8 is A of the RetroPad, 0 B, 2 SELECT, 3 START.
  emulatorjs: {
    name: 'EmulatorJS',
    map: { ...ARROWS, A: ['KeyZ'], B: ['KeyX'], START: ['Enter'], SELECT: ['KeyV'] },
  },
} as const satisfies Record<string, { name: string; map: KeyboardMap }>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES: readonly PresetName[] = ['joywire', 'mgba', 'pyboy', 'emulatorjs'];

/** The button of a key as a mask; 0 for every other key. */
export function buttonOfKey(map: KeyboardMap, code: string): number {
  const name = PAD.find((button) => map[button].includes(code));
  return name === undefined ? 0 : BUTTONS[name];
}

/** The map with `code` as the only key of `button`; whoever had that key loses it. */
export function remapped(map: KeyboardMap, button: PadButton, code: string): KeyboardMap {
  const without = PAD.map((name) => [name, map[name].filter((key) => key !== code)] as const);
  return mapOf((name) => (name === button ? [code] : (without.find(([other]) => other === name)?.[1] ?? [])));
}

/** The preset that a map is, if it is one. */
export function presetOf(map: KeyboardMap): PresetName | undefined {
  return PRESET_NAMES.find((preset) =>
    PAD.every((button) => PRESETS[preset].map[button].join() === map[button].join()),
  );
}

/** A map as it was kept; the first preset when it is none. */
export function readKeyboardMap(kept: unknown): KeyboardMap {
  if (typeof kept !== 'object' || kept === null) return PRESETS.joywire.map;
  const fields = new Map<string, unknown>(Object.entries(kept));
  const read = mapOf((button) => {
    const keys: unknown = fields.get(button);
    return Array.isArray(keys) ? keys.filter((key: unknown) => typeof key === 'string') : [];
  });
  return PAD.every((button) => fields.has(button)) ? read : PRESETS.joywire.map;
}

function mapOf(keys: (button: PadButton) => readonly string[]): KeyboardMap {
  return {
    UP: keys('UP'),
    DOWN: keys('DOWN'),
    LEFT: keys('LEFT'),
    RIGHT: keys('RIGHT'),
    A: keys('A'),
    B: keys('B'),
    START: keys('START'),
    SELECT: keys('SELECT'),
  };
}

const NAMES: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Enter: 'Enter',
  Backspace: '⌫',
  ShiftRight: 'Right Shift',
  ShiftLeft: 'Left Shift',
  ControlLeft: 'Left Ctrl',
  ControlRight: 'Right Ctrl',
  Space: 'Space',
};

/** A key as it is printed on keyboards of the common layout. */
export function keyName(code: string): string {
  return NAMES[code] ?? code.replace(/^(?:Key|Digit)/, '');
}
