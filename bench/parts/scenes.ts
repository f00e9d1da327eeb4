/** Scenes of the game that ships, frame by frame, and what their pictures take on the line. */
import { readFileSync } from 'node:fs';
import { Machine } from '../../server/emulator/drivers/embedded/machine.ts';
import { encodePng, PICTURE_BYTES } from '../../server/emulator/drivers/picture.ts';
import { BUTTONS } from '../../shared/buttons.ts';
import { type Scale, ScreenEncoder } from '../../shared/screen/encoder.ts';

/** What a frame shows and which buttons it is given. */
interface Scene {
  readonly name: 'still' | 'walking' | 'menus' | 'full_change';
  readonly frames: number;
  readonly buttons: (frame: number) => number;
  /** Shows a picture in place of the game's on some frames. */
  readonly instead?: (frame: number) => boolean;
}

export interface SceneBytes {
  readonly name: Scene['name'];
  /** A second at 60 pictures a second of game time, that is 59.7275 frames, in kB. */
  readonly kBps: number;
  /** The same, every frame as it is, and as PNG whenever it changed. */
  readonly rawKBps: number;
  readonly pngKBps: number;
  readonly largestBytes: number;
  /** Time of the encoder for a frame. */
  readonly encodeUs: number;
}

const FRAMES_PER_SECOND = 4_194_304 / 70_224;
/** Four sides of a square in the open, each of some steps. */
const SIDE = 96;
const WALK = [BUTTONS.RIGHT, BUTTONS.DOWN, BUTTONS.LEFT, BUTTONS.UP];
const SCENES: readonly Scene[] = [
  { name: 'still', frames: 600, buttons: () => 0 },
  {
    name: 'walking',
    frames: SIDE * 8,
    buttons: (frame) => WALK[Math.floor(frame / SIDE) % WALK.length] ?? 0,
  },
  {
    name: 'menus',
    frames: 600,
    buttons: (frame) =>
      frame % 60 < 4 ? BUTTONS.START : frame % 60 >= 30 && frame % 60 < 34 ? BUTTONS.B : 0,
  },
  { name: 'full_change', frames: 240, buttons: () => 0, instead: (frame) => frame % 2 === 1 },
];
/** From power-on into the world. */
const TITLE_FRAMES = 60;
const START_FRAMES = 8;

/** @param part every scene is cut to one such part of its frames */
export function measureScenes(scale: Scale, part: number): SceneBytes[] {
  const rom = readFileSync(new URL('../../../roms/overworld.gb', import.meta.url));
  const machine = new Machine({ rom, battery: undefined, sound: false });
  const play = (buttons: number, frames: number) => {
    for (let frame = 0; frame < frames; frame++) machine.runFrame(buttons, true);
  };
  play(0, TITLE_FRAMES);
  const title = machine.picture();
  play(BUTTONS.START, START_FRAMES);
  play(0, TITLE_FRAMES);
  return SCENES.map((scene) =>
    measure({ ...scene, frames: Math.ceil(scene.frames / part) }, machine, scale, title),
  );
}

/** The frame before a scene counts for nothing: it begins with a key picture. */
function measure(scene: Scene, machine: Machine, scale: Scale, other: Uint8Array): SceneBytes {
  const encoder = new ScreenEncoder(scale);
  encoder.next(machine.picture(), 0);
  const sum = { bytes: 0, png: 0, largest: 0, encodeMs: 0 };
  for (let frame = 1; frame <= scene.frames; frame++) {
    machine.runFrame(scene.buttons(frame), true);
    const picture = scene.instead?.(frame) === true ? other : machine.picture();
    const startMs = performance.now();
    const sent = encoder.next(picture, frame);
    sum.encodeMs += performance.now() - startMs;
    if (sent === undefined) continue;
    sum.bytes += sent.bytes.length;
    sum.largest = Math.max(sum.largest, sent.bytes.length);
    sum.png += encodePng(picture).length;
  }
  const kBps = (bytes: number) => (bytes / scene.frames) * FRAMES_PER_SECOND * 1e-3;
  return {
    name: scene.name,
    kBps: kBps(sum.bytes),
    rawKBps: kBps(PICTURE_BYTES * scene.frames),
    pngKBps: kBps(sum.png),
    largestBytes: sum.largest,
    encodeUs: (sum.encodeMs * 1000) / scene.frames,
  };
}
