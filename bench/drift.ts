/**
 * `npm run drift -- [minutes]`: plays at pace `realtime` and compares the game's frames with the wall clock. Exits 1 when they are
 * apart by more than two frames in the end.
 */
import { parseArgs } from 'node:util';
import { connect } from '../client/index.ts';
import { makeConfig } from '../server/config.ts';
import { createGateway } from '../server/gateway.ts';

/** Frames a second of a Game Boy: 4194304 clocks a second, 70224 a frame. */
const FRAME_RATE = 4_194_304 / 70_224;
const ALLOWED_FRAMES = 2;
const SAMPLE_MS = 5000;

const { positionals } = parseArgs({ allowPositionals: true });
const minutes = Number(positionals[0] ?? 1);
if (!(minutes > 0)) throw new RangeError(`minutes: got ${positionals[0]}; allowed: a number above 0`);

const gateway = await createGateway(makeConfig({ port: 0, journal: false }));
const { port } = await gateway.listen();
const pad = await connect(`ws://127.0.0.1:${port}`, { pace: 'realtime' });

/** The frame count, and the middle of the time in which it was read. */
async function sample(): Promise<{ frame: number; atMs: number }> {
  const askedMs = performance.now();
  const { frame } = await pad.memory(0xc000, 1, { now: true });
  return { frame, atMs: (askedMs + performance.now()) / 2 };
}

const start = await sample();
let drift = 0;
let worst = 0;
for (let elapsedMs = 0; elapsedMs < minutes * 60_000; ) {
  await new Promise((resolve) => setTimeout(resolve, Math.min(SAMPLE_MS, minutes * 60_000 - elapsedMs)));
  // A press now and then, as a player would: it must not move the clock either.
  await pad.press('A', { hold: 2, gap: 2 });
  const now = await sample();
  elapsedMs = now.atMs - start.atMs;
  drift = now.frame - start.frame - (elapsedMs / 1000) * FRAME_RATE;
  worst = Math.max(worst, Math.abs(drift));
  console.log(
    `${(elapsedMs / 1000).toFixed(1).padStart(7)} s  ${now.frame} frames  drift ${drift.toFixed(2)} frames`,
  );
}
console.log(`${minutes} min: drift ${drift.toFixed(2)} frames at the end, ${worst.toFixed(2)} at most`);
await pad.close();
await gateway.close();
process.exitCode = Math.abs(drift) <= ALLOWED_FRAMES ? 0 : 1;
