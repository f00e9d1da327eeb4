/** The keys of the pad: a preset, or one's own. */
import { useEffect, useState } from 'preact/hooks';
import { keep, readKept } from '../kept.ts';
import { Store, useStore } from '../store.ts';
import {
  type KeyboardMap,
  keyName,
  PAD,
  type PadButton,
  PRESET_NAMES,
  PRESETS,
  presetOf,
  readKeyboardMap,
  remapped,
} from '../input/keyboard-map.ts';

/** The map in force, kept between visits. */
export function createKeyboardMap(): Store<KeyboardMap> {
  const store = new Store(readKeyboardMap(readKept('keys')));
  store.subscribe(() => keep('keys', store.value));
  return store;
}

/** Keys that stay with the page: without them nobody gets around it by keyboard. */
const NOT_FOR_PAD = new Set(['Tab', 'Escape', 'MetaLeft', 'MetaRight', 'AltLeft']);

const TITLES: Readonly<Record<PadButton, string>> = {
  UP: 'Up',
  DOWN: 'Down',
  LEFT: 'Left',
  RIGHT: 'Right',
  A: 'A',
  B: 'B',
  START: 'Start',
  SELECT: 'Select',
};

export function KeyList({ keys }: { readonly keys: Store<KeyboardMap> }) {
  const map = useStore(keys);
  const [asking, setAsking] = useState<PadButton>();
  useEffect(() => {
    if (asking === undefined) return;
    const take = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!NOT_FOR_PAD.has(event.code)) keys.set(remapped(keys.value, asking, event.code));
      setAsking(undefined);
    };
    addEventListener('keydown', take, { capture: true });
    return () => removeEventListener('keydown', take, { capture: true });
  }, [asking]);
  const preset = presetOf(map);
  return (
    <section class="panel keys" aria-labelledby="keys-title">
      <header>
        <h2 id="keys-title">Keys</h2>
        <label>
          <span class="hidden">Preset</span>
          <select
            value={preset ?? 'own'}
            onChange={(event) => {
              const name = PRESET_NAMES.find((known) => known === event.currentTarget.value);
              if (name !== undefined) keys.set(PRESETS[name].map);
            }}
          >
            {PRESET_NAMES.map((name) => (
              <option key={name} value={name}>
                {PRESETS[name].name}
              </option>
            ))}
            {preset === undefined && <option value="own">Your own</option>}
          </select>
        </label>
      </header>
      <ul>
        {PAD.map((button) => (
          <li key={button}>
            <span>{TITLES[button]}</span>
            <button
              type="button"
              class="key-button"
              aria-label={`${map[button].map(keyName).join('') || 'No key'} is ${TITLES[button]}. Change`}
              onClick={() => setAsking(button)}
            >
              {asking === button ? (
                <em>press a key</em>
              ) : (
                map[button].map((code) => <kbd key={code}>{keyName(code)}</kbd>)
              )}
            </button>
          </li>
        ))}
      </ul>
      <p class="hint">A gamepad works as soon as you press a button on it.</p>
    </section>
  );
}
