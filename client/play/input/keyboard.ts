/** The keyboard as a pad: presses by place, no repeat, and nothing taken from who uses the keyboard to get around the page. */
import { buttonOfKey, type KeyboardMap } from './keyboard-map.ts';

/** Keys that a focused control needs for itself. */
const ACTIVATING = new Set(['Enter', 'Space', 'NumpadEnter']);
const CONTROLS = 'a, button, summary, [role="button"]';
const FIELDS = 'input, select, textarea, [contenteditable], dialog';

export interface Keyboard {
  /** Forgets what is down: after focus was elsewhere nobody tells of keys that went up. */
  forget(): void;
  stop(): void;
}

/**
 * Listens on the window until `stop`.
 * @param held called with the mask of buttons held by keys, at every change
 */
export function listenToKeyboard(map: () => KeyboardMap, held: (mask: number) => void): Keyboard {
  const down = new Map<string, number>();
  const tell = () => held([...down.values()].reduce((all, mask) => all | mask, 0));
  const onDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isForPage(event)) return;
    const mask = buttonOfKey(map(), event.code);
    if (mask === 0) return;
    event.preventDefault();
    if (event.repeat || down.has(event.code)) return;
    down.set(event.code, mask);
    tell();
  };
  // Wherever the focus is by now: what was pressed is released.
  const onUp = (event: KeyboardEvent) => {
    if (down.delete(event.code)) tell();
  };
  addEventListener('keydown', onDown);
  addEventListener('keyup', onUp);
  return {
    forget: () => down.clear(),
    stop() {
      removeEventListener('keydown', onDown);
      removeEventListener('keyup', onUp);
    },
  };
}

function isForPage({ target, code }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest(FIELDS) !== null) return true;
  return ACTIVATING.has(code) && target.closest(CONTROLS) !== null;
}
