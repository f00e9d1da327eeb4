/** The slots that a game is saved to: checkpoints of the gateway, with a small picture of each kept here. */
import { keep, readKept } from '../kept.ts';

export const SLOTS = [1, 2, 3, 4] as const;
export type SlotNumber = (typeof SLOTS)[number];

/** The checkpoint of a slot. Every page of the gateway sees the same slots of a ROM. */
export function slotName(slot: SlotNumber): string {
  return `slot-${slot}`;
}

export interface Slot {
  readonly number: SlotNumber;
  /** The frame it was saved at; undefined while it is empty. */
  readonly frame: number | undefined;
  /** `data:` URL of the picture, if this browser saved it. */
  readonly picture: string | undefined;
}

/** What the gateway has, in order. */
export function slotsOf(
  checkpoints: readonly { readonly name: string; readonly frame: number }[],
  romHash: string,
): readonly Slot[] {
  return SLOTS.map((number) => {
    const frame = checkpoints.find(({ name }) => name === slotName(number))?.frame;
    return { number, frame, picture: frame === undefined ? undefined : readPicture(romHash, number, frame) };
  });
}

export function keepPicture(romHash: string, slot: SlotNumber, frame: number, url: string): void {
  keep(pictureName(romHash, slot), { frame, url });
}

/** Of exactly this save: another page may have replaced it. */
function readPicture(romHash: string, slot: SlotNumber, frame: number): string | undefined {
  const kept = readKept(pictureName(romHash, slot));
  if (typeof kept !== 'object' || kept === null || !('url' in kept) || !('frame' in kept)) return undefined;
  const { url } = kept;
  const ours = typeof url === 'string' && url.startsWith('data:image/png') && kept.frame === frame;
  return ours ? url : undefined;
}

function pictureName(romHash: string, slot: SlotNumber): string {
  return `picture.${romHash.slice(0, 16)}.${slot}`;
}
