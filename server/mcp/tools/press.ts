/** `press`: runs a script and says on which frames it ran, what did not run and why, and what the game looks like afterwards. */
import { z } from 'zod';
import type { Client, ScriptItem } from '../../../client/index.ts';
import { JoywireError } from '../../../shared/errors.ts';
import { bytesOf, bytesSchema, bytesText, rangesOf, rangesSchema } from '../memory.ts';
import { MAX_SCALE, takePicture } from '../picture.ts';
import type { GameClock, Player } from '../player.ts';
import {
  entriesOf,
  entrySchema,
  entryText,
  summaryOf,
  summarySchema,
  summaryText,
} from '../press-summary.ts';
import { framesOf, readScript, SCRIPT_RULES } from '../script.ts';
import { defineTool } from '../tool.ts';

/** Longest script, in frames: ten minutes of the game, seconds of work at turbo. */
const MAX_FRAMES = 36_000;
/** At realtime a call lasts as long as its frames, and clients do not wait for long. */
const MAX_REALTIME_FRAMES = 1800;
/** Most entries that are listed one by one. */
const MAX_LISTED = 256;

const output = z.object({
  ...summarySchema.shape,
  entries: z.array(entrySchema).optional().describe('Every press, with `each`'),
  memory: bytesSchema.optional(),
});

export const press = defineTool({
  name: 'press',
  title: 'Press buttons',
  description: `Presses buttons of the game, in order, and tells on which frames they ran. ${SCRIPT_RULES}
The game’s time passes only while presses run (unless it is set to realtime): afterwards it stands still until the next call, so there is no hurry.
Ask for a picture with \`look\`, or for \`memory\`, to see what came of it: a press that ran may still have done nothing in the game (a wall, a text box).
Send several presses in one script where you are sure, few where you are not. One call takes up to ${MAX_FRAMES} frames.`,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
  input: z.strictObject({
    script: z.string().min(1).describe('For example "UP*3 A W:30"'),
    look: z.boolean().default(false).describe('Whether to return a picture of the screen afterwards'),
    scale: z.int().min(1).max(MAX_SCALE).default(2).describe('Size of the picture: times 160x144'),
    memory: rangesSchema.optional().describe('Memory to read afterwards'),
    each: z
      .boolean()
      .default(false)
      .describe(`Whether to list every press with its frames, up to ${MAX_LISTED}`),
  }),
  output,
  run: async ({ script, look, scale, memory, each }, player, { signal }) => {
    const ranges = memory && rangesOf(memory);
    const client = await player.play();
    const items = compile(script, client, player);
    const cancel = () => client.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    // All in one go: what is read stands directly behind the presses, and nothing else comes in between.
    const [outcomes, picture, read] = await Promise.all([
      client.send(script, { signal }),
      look ? takePicture(client, scale) : undefined,
      ranges && client.memory(ranges),
    ]).finally(() => signal.removeEventListener('abort', cancel));
    const bytes = ranges && read && bytesOf(ranges, read.memory);
    const entries = entriesOf(items, outcomes);
    const listed = each ? entries.slice(0, MAX_LISTED) : [];
    const summary = summaryOf(entries);
    const lines = [...summaryText(summary, entries), ...listed.map(entryText)];
    return {
      value: { ...summary, ...(each && { entries: listed }), ...(bytes && { memory: bytes }) },
      text: [...lines, ...(bytes ? [bytesText(bytes)] : [])].join('\n'),
      ...(picture && { pictures: [picture.png] }),
      failed: summary.problems.length > 0,
    };
  },
});

/** @throws JoywireError `script_error`, `script_too_long` */
function compile(script: string, client: Client, { clock }: Player): readonly ScriptItem[] {
  const items = readScript(script, client);
  if (items.length === 0) {
    throw new JoywireError('script_error', 'the script presses nothing; allowed: such as "A UP*3 W:30"');
  }
  const frames = framesOf(items, client);
  const most = mostFrames(clock);
  if (frames <= most) return items;
  const message = `the script takes ${frames} frames; allowed: at most ${most} a call at this pace. Nothing ran; send it in parts`;
  throw new JoywireError('script_too_long', message);
}

function mostFrames({ pace, speed }: GameClock): number {
  return pace === 'turbo' ? MAX_FRAMES : Math.ceil(MAX_REALTIME_FRAMES * speed);
}
