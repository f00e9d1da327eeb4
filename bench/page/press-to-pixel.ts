/**
 * `npm run press-to-pixel -- [presses]`: from a key in the browser to the changed pixel on its canvas, through page, gateway and game at 60 Hz, beside the frames that the
 * game itself needs. Prints the distribution; exits 1 when the median is more than two emulated frames and one display frame above the game's own.
 */
import { parseArgs } from 'node:util';
import { type Client, connect } from '../../client/index.ts';
import { openPage } from './open-page.ts';

const FRAME_MS = 70_224 / 4_194.304;
const DISPLAY_FRAME_MS = 1000 / 60;
const ALLOWED_FRAMES = 2;
/** Frames over which everything that moves by itself has moved. */
const IDLE_FRAMES = 240;
/** From the title into the menu, where UP and DOWN move a cursor (roms/README.md). */
const INTO_MENU = 'W:60 START W:60 START W:60';

const { positionals } = parseArgs({ allowPositionals: true });
const presses = Number(positionals[0] ?? 200);
if (!(presses >= 10)) throw new RangeError(`presses: got ${positionals[0]}; allowed: a number from 10`);

await using opened = await openPage(2);
const { page, url } = opened;
const { pixel, frames } = await ownNeed();
await intoMenu();
const took = await measure(pixel);
const median = quantile(0.5);
const allowedMs = (frames + ALLOWED_FRAMES) * FRAME_MS + DISPLAY_FRAME_MS;
console.log(
  `${took.length} presses; the game itself needs ${frames} frames, ${(frames * FRAME_MS).toFixed(1)} ms`,
);
for (const q of [0, 0.1, 0.5, 0.9, 0.99, 1]) {
  console.log(`p${String(q * 100).padEnd(3)} ${quantile(q).toFixed(1).padStart(7)} ms`);
}
console.log(`median ${median.toFixed(1)} ms, allowed ${allowedMs.toFixed(1)} ms`);
if (!(median <= allowedMs)) process.exitCode = 1;

/** A pixel that only the cursor changes, and how many frames after a press it does so. */
async function ownNeed(): Promise<{ pixel: number; frames: number }> {
  const pad = await connect(url.replace('http', 'ws'), { emulator: { kind: 'embedded' } });
  await pad.send(INTO_MENU);
  const moving = new Set<number>();
  const first = await picture(pad);
  for (let frame = 0; frame < IDLE_FRAMES; frame++) {
    await pad.press(0, { hold: 1, gap: 0 });
    for (const at of changed(first, await picture(pad))) moving.add(at);
  }
  const before = await picture(pad);
  for (let ran = 1; ran <= 30; ran++) {
    await pad.press('DOWN', { hold: 1, gap: 0 });
    const at = changed(before, await picture(pad)).find((each) => !moving.has(each));
    if (at === undefined) continue;
    await pad.close();
    return { pixel: at, frames: ran };
  }
  throw new Error('the cursor did not move');
}

async function picture(pad: Client): Promise<Uint8Array> {
  return (await pad.screen({ format: 'raw' })).bytes;
}

/** Pixels, counted row by row, that differ. */
function changed(a: Uint8Array, b: Uint8Array): number[] {
  const pixels: number[] = [];
  for (let at = 0; at < a.length; at += 3) if (a[at] !== b[at]) pixels.push(at / 3);
  return pixels;
}

async function intoMenu(): Promise<void> {
  for (let times = 0; times < 2; times++) {
    await page.waitForTimeout(1500);
    await page.keyboard.press('Enter', { delay: 60 });
  }
  await page.waitForTimeout(1500);
}

/** Times in ms, sorted: from the key's event to the moment after the pixel was drawn otherwise. */
async function measure(at: number): Promise<number[]> {
  const times = await page.evaluate(
    async ([watched, count]) => {
      const key = (type: string, code: string) =>
        window.dispatchEvent(new KeyboardEvent(type, { code, bubbles: true }));
      const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
      let level: number | undefined;
      let drawn: (() => void) | undefined;
      const put = Reflect.get(CanvasRenderingContext2D.prototype, 'putImageData');
      CanvasRenderingContext2D.prototype.putImageData = function (image: ImageData, ...rest: number[]) {
        Reflect.apply(put, this, [image, ...rest]);
        const now = image.data[watched * 4];
        if (now !== level) drawn?.();
        level = now;
      };
      const measured: number[] = [];
      for (let press = 0; press < count; press++) {
        await sleep(300 + Math.random() * 100);
        const code = press % 2 === 0 ? 'ArrowDown' : 'ArrowUp';
        const startedMs = performance.now();
        const seen = new Promise<number>((resolve) => {
          drawn = () => resolve(performance.now() - startedMs);
          setTimeout(resolve, 2000, Number.NaN);
        });
        key('keydown', code);
        measured.push(await seen);
        drawn = undefined;
        key('keyup', code);
      }
      return measured;
    },
    [at, presses] as const,
  );
  const lost = times.filter(Number.isNaN).length;
  if (lost > 0) throw new Error(`${lost} of ${times.length} presses changed nothing`);
  return times.toSorted((a, b) => a - b);
}

function quantile(q: number): number {
  return took[Math.round(q * (took.length - 1))] ?? Number.NaN;
}
