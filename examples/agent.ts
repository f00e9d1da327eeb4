/**
 * An agent that plays the game that ships: starts it, walks a route, looks where that led, and prints every ack.
 *
 *     npm start             # in one terminal
 *     npm run example       # in another; or: node dist/examples/agent.js http://127.0.0.1:8080
 */
import { connect, type EntryOutcome, JoywireError, type Observe } from 'joywire/client';

/** Where the game keeps its mode, the player's x and y in tiles, and the facing (roms/README.md). */
const PLAYER = 0xc010;
const POSITION: Observe = { memory: [[PLAYER, 4]] };
const FACINGS = ['down', 'up', 'left', 'right'];

/** One press is one tile: 8 frames held and 8 released, in which the walk ends. */
const ROUTE = ['RIGHT', 'RIGHT', 'RIGHT', 'DOWN', 'DOWN', 'LEFT', 'UP'];

const address = process.argv[2] ?? process.env['JOYWIRE_URL'] ?? 'http://127.0.0.1:8080';
const token = process.env['JOYWIRE_TOKEN'];

await using pad = await connect(address, {
  label: 'examples/agent.ts',
  pace: 'turbo',
  ...(token !== undefined && { token }),
}).catch((error: unknown) => {
  console.error(
    error instanceof JoywireError ? `${error.message}; is a gateway running (npm start)?` : error,
  );
  process.exit(1);
});
console.log(`session ${pad.session} plays ${pad.emulator?.rom} on ${pad.emulator?.id}`);

pad.on('ack', ({ outcomes }) => {
  for (const outcome of outcomes) console.log(line(outcome));
});
pad.on('event', ({ name, data }) => console.log(`event ${name}`, data));

// A script: the title screen leaves on START, and the game fades in for a moment.
await pad.send('W:60 START W:60');

// One press at a time, each with the position on its exact last frame: no second round trip, and no guess.
for (const step of ROUTE) {
  const outcome = await pad.press(step, { observe: POSITION });
  console.log(`    ${step.padEnd(5)} -> ${where(outcome.detail?.observed?.memory?.[0])}`);
}

// Many at once: they are batched, run in order, and every one of them is answered.
await Promise.all(['UP', 'UP', 'RIGHT', 'RIGHT'].map((step) => pad.press(step)));

// A group belongs together: it runs without a frame in between. Then a reading of its own.
await pad.sequence(['A', { buttons: 'B', hold: 2, gap: 2 }]);
const { frame, bytes } = await pad.memory(PLAYER, 4);
console.log(`at frame ${frame}: ${where(bytes)}`);

/** One ack in words: which entry, what became of it, on which frames, and with which batch. */
function line({ seq, status, firstFrame, frames, batch, detail }: EntryOutcome): string {
  const when = firstFrame === null ? 'no frame' : `frames ${firstFrame}-${firstFrame + frames - 1}`;
  const how = batch === undefined ? '' : `batch ${batch.id} of ${batch.size}, ${batch.reason}`;
  const why = detail?.code === undefined ? '' : ` ${detail.code}: ${detail.message ?? ''}`;
  return `ack ${String(seq).padStart(3)}  ${status}  ${when.padEnd(18)}  ${how}${why}`;
}

function where(player: Uint8Array | undefined): string {
  const [mode, x, y, facing = 0] = player ?? [];
  return `x ${x}, y ${y}, facing ${FACINGS[facing] ?? facing}, mode ${mode}`;
}
