/** Buttons as a bit mask, in mGBA's bit order, and their names. */

/** Mask bit of every button. R and L exist only on drivers that say so in their capabilities. */
export const BUTTONS = {
  A: 1,
  B: 2,
  SELECT: 4,
  START: 8,
  RIGHT: 16,
  LEFT: 32,
  UP: 64,
  DOWN: 128,
  R: 256,
  L: 512,
} as const;

export type ButtonName = keyof typeof BUTTONS;

/** The eight buttons of a Game Boy. */
export const GAME_BOY_BUTTONS = 0xff;
/** Every button that the protocol knows. */
export const ALL_BUTTONS = 0x3ff;

const NAMES = Object.keys(BUTTONS).filter(isButtonName);

/** Whether `name` is a button's name, in upper case as the protocol writes it. */
export function isButtonName(name: string): name is ButtonName {
  return Object.hasOwn(BUTTONS, name);
}

/** Whether `value` is a mask of known buttons (0 is none pressed). */
export function isButtonMask(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= ALL_BUTTONS;
}

/** The names in a mask, lowest bit first: 65 gives `["A", "UP"]`. */
export function buttonNames(mask: number): ButtonName[] {
  return NAMES.filter((name) => (mask & BUTTONS[name]) !== 0);
}

/** A mask written as names joined by `+`: 65 gives `"A+UP"`, 0 gives `""`. */
export function formatButtons(mask: number): string {
  return buttonNames(mask).join('+');
}

/**
 * The mask for names joined by `+`, in any case: `"a+Up"` gives 65, `""` gives 0.
 * Undefined when a name is unknown.
 */
export function parseButtons(text: string): number | undefined {
  if (text === '') return 0;
  let mask = 0;
  for (const part of text.split('+')) {
    const name = part.trim().toUpperCase();
    if (!isButtonName(name)) return undefined;
    mask |= BUTTONS[name];
  }
  return mask;
}
