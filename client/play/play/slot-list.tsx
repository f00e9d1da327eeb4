/** The save slots. */
import { useStore } from '../store.ts';
import { letGoOfPointerFocus } from '../parts/pointer-focus.ts';
import type { Game } from './game.ts';
import { thumbnail } from './recorder.ts';
import { keepPicture, type Slot } from './slots.ts';

interface SlotListProps {
  readonly game: Game;
  readonly screen: () => HTMLCanvasElement | undefined;
}

export function SlotList({ game, screen }: SlotListProps) {
  const slots = useStore(game.slots);
  const save = async ({ number }: Slot) => {
    const canvas = screen();
    const picture = canvas === undefined ? undefined : thumbnail(canvas);
    const frame = await game.save(number);
    if (frame === undefined || picture === undefined) return;
    keepPicture(game.emulator.romHash, number, frame, picture);
    await game.refreshSlots();
  };
  return (
    <section class="panel slots" aria-labelledby="slots-title">
      <header>
        <h2 id="slots-title">Saves</h2>
      </header>
      <ul>
        {slots.map((slot) => (
          <li key={slot.number}>
            <div class="slot-picture">
              {slot.picture === undefined ? (
                <span aria-hidden="true">{slot.number}</span>
              ) : (
                <img src={slot.picture} alt="" width="160" height="144" />
              )}
            </div>
            <div class="pair">
              <button
                type="button"
                class="small"
                aria-label={`Save to slot ${slot.number}`}
                title={
                  slot.frame === undefined ? `Slot ${slot.number} is empty` : `Saved on frame ${slot.frame}`
                }
                onClick={(event) => {
                  letGoOfPointerFocus(event);
                  void save(slot);
                }}
              >
                Save
              </button>
              <button
                type="button"
                class="small"
                aria-label={`Load slot ${slot.number}`}
                disabled={slot.frame === undefined}
                onClick={(event) => {
                  letGoOfPointerFocus(event);
                  void game.load(slot.number);
                }}
              >
                Load
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
