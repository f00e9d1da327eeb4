/** The pad for fingers: several at once, sliding allowed, with a tick under the finger where the device can. */
import { useEffect, useRef } from 'preact/hooks';
import { BUTTONS } from '../../index.ts';
import { directionMask } from '../input/directions.ts';
import { useStore } from '../store.ts';
import type { Game } from './game.ts';

/** Length of the tick, in ms. */
const TICK_MS = 8;
/** How long a button is held that was activated without a finger, by a screen reader say, in ms. */
const ACTIVATED_MS = 120;

const CROSS = [
  ['UP', 'Up'],
  ['LEFT', 'Left'],
  ['RIGHT', 'Right'],
  ['DOWN', 'Down'],
] as const;

export function TouchPad({ game }: { readonly game: Game }) {
  const pad = useRef<HTMLDivElement>(null);
  const holding = useStore(game.holding);
  useEffect(() => (pad.current === null ? undefined : followFingers(pad.current, game)), [game]);
  const activate = (mask: number) => (event: MouseEvent) => {
    // A click of a pointer was a press already.
    if (event.detail > 0) return;
    game.hold('touch', mask);
    setTimeout(() => game.hold('touch', 0), ACTIVATED_MS);
  };
  const lit = (mask: number) => ((holding & mask) === 0 ? '' : ' down');
  return (
    <div class="pad" ref={pad} role="group" aria-label="Touch controls">
      <div class="cross" data-cross="">
        {CROSS.map(([name, label]) => (
          <button
            type="button"
            key={name}
            class={`arm arm-${label.toLowerCase()}${lit(BUTTONS[name])}`}
            aria-label={label}
            tabIndex={-1}
            onClick={activate(BUTTONS[name])}
          />
        ))}
        <span class="hub" aria-hidden="true" />
      </div>
      <div class="ab">
        <button
          type="button"
          class={`round round-b${lit(BUTTONS.B)}`}
          data-mask={BUTTONS.B}
          tabIndex={-1}
          onClick={activate(BUTTONS.B)}
        >
          B
        </button>
        <button
          type="button"
          class={`round round-a${lit(BUTTONS.A)}`}
          data-mask={BUTTONS.A}
          tabIndex={-1}
          onClick={activate(BUTTONS.A)}
        >
          A
        </button>
      </div>
      <div class="pills">
        <button
          type="button"
          class={`pill${lit(BUTTONS.SELECT)}`}
          data-mask={BUTTONS.SELECT}
          tabIndex={-1}
          onClick={activate(BUTTONS.SELECT)}
        >
          Select
        </button>
        <button
          type="button"
          class={`pill${lit(BUTTONS.START)}`}
          data-mask={BUTTONS.START}
          tabIndex={-1}
          onClick={activate(BUTTONS.START)}
        >
          Start
        </button>
      </div>
    </div>
  );
}

/** Each finger holds what is under it; the returned function ends that. */
function followFingers(pad: HTMLElement, game: Game): () => void {
  const fingers = new Map<number, number>();
  const hold = (pointer: number, mask: number | undefined) => {
    if (fingers.get(pointer) === mask) return;
    if (mask === undefined) fingers.delete(pointer);
    else fingers.set(pointer, mask);
    if (mask !== undefined && mask !== 0) tick();
    game.hold(
      'touch',
      [...fingers.values()].reduce((all, held) => all | held, 0),
    );
  };
  const move = (event: PointerEvent) => {
    if (fingers.has(event.pointerId))
      hold(event.pointerId, maskUnder(event, fingers.get(event.pointerId) ?? 0));
  };
  const down = (event: PointerEvent) => {
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    hold(event.pointerId, maskUnder(event, 0));
  };
  const up = (event: PointerEvent) => hold(event.pointerId, undefined);
  pad.addEventListener('pointerdown', down);
  pad.addEventListener('pointermove', move);
  pad.addEventListener('pointerup', up);
  pad.addEventListener('pointercancel', up);
  pad.addEventListener('lostpointercapture', up);
  const noMenu = (event: Event) => event.preventDefault();
  pad.addEventListener('contextmenu', noMenu);
  return () => {
    game.hold('touch', 0);
    pad.removeEventListener('pointerdown', down);
    pad.removeEventListener('pointermove', move);
    pad.removeEventListener('pointerup', up);
    pad.removeEventListener('pointercancel', up);
    pad.removeEventListener('lostpointercapture', up);
    pad.removeEventListener('contextmenu', noMenu);
  };
}

/** The button under a finger; a finger that slid off everything keeps what it had. */
function maskUnder({ clientX, clientY }: PointerEvent, before: number): number {
  const under = document.elementFromPoint(clientX, clientY);
  const button = under?.closest<HTMLElement>('[data-mask]');
  if (button) return Number(button.dataset['mask']);
  const cross = under?.closest<HTMLElement>('[data-cross]');
  if (!cross) return before;
  const { left, top, width, height } = cross.getBoundingClientRect();
  return directionMask((2 * (clientX - left)) / width - 1, (2 * (clientY - top)) / height - 1);
}

function tick(): void {
  // Absent on iPhones and desktops.
  if ('vibrate' in navigator) navigator.vibrate(TICK_MS);
}
