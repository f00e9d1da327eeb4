/**
 * Finds the way through the maze of the game that ships, with rollouts: a beam search that tries every step from every promising place at
 * once, on all cores of the gateway, and keeps where each led. The live game stands still meanwhile; in the end it walks the way that was found.
 *
 *     npm start                       # in one terminal
 *     npm run example:beam            # in another; or: node dist/examples/beam-search.js http://127.0.0.1:8080 --width 16 --goal 39,19
 */
import { parseArgs } from 'node:util';
import { type Client, connect } from 'joywire/client';

/** The player's x and y in tiles (roms/README.md). */
const PLAYER = 0xc011;
/** One press is one tile: 8 frames held and 8 released, in which the walk ends. */
const MOVES = ['UP', 'DOWN', 'LEFT', 'RIGHT'];
/** From the title to the gap in the hedge where the maze begins. */
const TO_THE_MAZE = 'W:60 START W:60 RIGHT*8 DOWN*10 RIGHT*10 UP RIGHT*2';
/** Longer ways are not looked for. */
const MAX_STEPS = 200;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A place that was reached, the presses that led there, and the state that was kept of it. */
interface Reached extends Place {
  readonly presses: readonly string[];
  readonly checkpoint: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { width: { type: 'string', default: '16' }, goal: { type: 'string', default: '39,19' } },
});
const address = positionals[0] ?? process.env['JOYWIRE_URL'] ?? 'http://127.0.0.1:8080';
const token = process.env['JOYWIRE_TOKEN'];
const width = Number(values.width);
const [goalX = 39, goalY = 19] = values.goal.split(',').map(Number);
const goal: Place = { x: goalX, y: goalY };

await using pad = await connect(address, {
  label: 'examples/beam-search.ts',
  pace: 'turbo',
  ...(token !== undefined && { token }),
});
await pad.send(TO_THE_MAZE);
const start = placeOf((await pad.memory(PLAYER, 2)).bytes);
console.log(`from ${text(start)} to ${text(goal)}, the best ${width} places of every step`);

const tried = { runs: 0, frames: 0 };
const startMs = performance.now();
const way = await search(pad, start);
const seconds = (performance.now() - startMs) / 1000;
const rate = Math.round(tried.frames / seconds);
console.log(`${tried.runs} runs, ${tried.frames} frames in ${seconds.toFixed(1)} s: ${rate} frames a second`);
if (way === undefined) throw new Error('no way was found; a wider beam may find one');
const script = scriptOf(way);
console.log(`${way.length} steps: ${script}`);

const outcomes = await pad.send(script);
const { frame, bytes } = await pad.memory(PLAYER, 2);
const end = placeOf(bytes);
if (distance(end) > 0) throw new Error(`the live game ended at ${text(end)}`);
console.log(`the live game walked it in ${outcomes.length} presses: at ${text(end)} on frame ${frame}`);

/** The presses that lead to the goal. */
async function search(client: Client, from: Place): Promise<readonly string[] | undefined> {
  const seen = new Set([text(from)]);
  let beam: readonly (Place & { presses: readonly string[]; checkpoint?: string })[] = [
    { ...from, presses: [] },
  ];
  for (let step = 1; step <= MAX_STEPS && beam.length > 0; step += 1) {
    const reached = await tryAll(client, beam, seen);
    reached.sort((a, b) => distance(a) - distance(b));
    const [nearest] = reached;
    if (nearest !== undefined)
      console.log(`step ${step}: ${reached.length} new places, ${text(nearest)} the nearest`);
    const arrived = nearest !== undefined && distance(nearest) === 0;
    const next = arrived ? [] : reached.slice(0, width);
    // What is not gone on from need not be kept.
    await forget(client, [...beam, ...reached.slice(next.length)]);
    if (arrived) return nearest.presses;
    beam = next;
  }
  return undefined;
}

/** Every move from every place of the beam; the places where nobody has been. */
async function tryAll(
  client: Client,
  beam: readonly { readonly presses: readonly string[]; readonly checkpoint?: string }[],
  seen: Set<string>,
): Promise<Reached[]> {
  const tries = beam.flatMap((place) => MOVES.map((move) => ({ place, move })));
  // Without a checkpoint a run begins with the live game.
  const runs = tries.map(({ place: { checkpoint: from }, move }) => ({
    script: move,
    ...(from !== undefined && { from }),
  }));
  const reached: Reached[] = [];
  const nothingNew: { checkpoint: string }[] = [];
  for await (const { run, frames, memory, checkpoint } of client.rollout(runs, {
    memory: [[PLAYER, 2]],
    keep: true,
  })) {
    tried.runs += 1;
    tried.frames += frames;
    const attempt = tries[run];
    if (attempt === undefined || checkpoint === undefined)
      throw new Error('a run could not be kept: a narrower beam fits');
    const place = placeOf(memory?.[0]);
    if (seen.has(text(place))) nothingNew.push({ checkpoint });
    else {
      seen.add(text(place));
      reached.push({ ...place, presses: [...attempt.place.presses, attempt.move], checkpoint });
    }
  }
  await forget(client, nothingNew);
  return reached;
}

async function forget(client: Client, places: readonly { readonly checkpoint?: string }[]): Promise<void> {
  const names = places.flatMap(({ checkpoint = [] }) => checkpoint);
  await Promise.all(names.map((name) => client.deleteCheckpoint(name)));
}

/** Equal presses in a row are written once: `UP*3`. */
function scriptOf(presses: readonly string[]): string {
  const runs: { press: string; count: number }[] = [];
  for (const press of presses) {
    const last = runs.at(-1);
    if (last?.press === press) last.count += 1;
    else runs.push({ press, count: 1 });
  }
  return runs.map(({ press, count }) => (count === 1 ? press : `${press}*${count}`)).join(' ');
}

/** Steps to the goal if there were no walls. */
function distance({ x, y }: Place): number {
  return Math.abs(goal.x - x) + Math.abs(goal.y - y);
}

function placeOf([x = 0, y = 0]: Uint8Array = new Uint8Array()): Place {
  return { x, y };
}

function text({ x, y }: Place): string {
  return `${x},${y}`;
}
