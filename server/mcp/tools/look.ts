/** `look` and `read_memory`: what the game shows and holds, without a frame passing. */
import { z } from 'zod';
import type { Client } from '../../../client/index.ts';
import { JoywireError } from '../../../shared/errors.ts';
import { bytesOf, bytesSchema, bytesText, rangesOf, rangesSchema } from '../memory.ts';
import { MAX_SCALE, takePicture } from '../picture.ts';
import type { Player } from '../player.ts';
import { defineTool } from '../tool.ts';

const emulator = z
  .string()
  .min(1)
  .optional()
  .describe('Id of another running game, as `emulators` lists them; default: your own');
const frame = z.int().describe('Frames that the game had run');

export const look = defineTool({
  name: 'look',
  title: 'Look at the screen',
  description:
    'Returns the game’s screen as a picture, and the frame it was taken at. No time passes. Look before you decide and after you act; `press` with `look: true` does both in one call.',
  watchers: true,
  annotations: { readOnlyHint: true },
  input: z.strictObject({
    scale: z.int().min(1).max(MAX_SCALE).default(2).describe('Size: times 160x144 pixels; 2 or 3 reads well'),
    emulator,
  }),
  output: z.object({ frame, width: z.int(), height: z.int() }),
  run: async ({ scale, emulator: id }, player) => {
    const picture = await takePicture(await viewer(player, id), scale, id);
    const { width, height } = picture;
    return {
      value: { frame: picture.frame, width, height },
      text: `The screen at frame ${picture.frame}.`,
      pictures: [picture.png],
    };
  },
});

export const readMemory = defineTool({
  name: 'read_memory',
  title: 'Read memory',
  description:
    'Reads the game’s memory, all ranges at the same frame. No time passes. Memory is exact where a picture has to be read: positions, flags, counters. Which address means what depends on the game.',
  watchers: true,
  annotations: { readOnlyHint: true },
  input: z.strictObject({ ranges: rangesSchema, emulator }),
  output: z.object({ frame, ranges: bytesSchema }),
  run: async ({ ranges: wanted, emulator: id }, player) => {
    const ranges = rangesOf(wanted);
    const client = await viewer(player, id);
    const read = await client.memory(ranges, id === undefined ? {} : { emulator: id });
    const bytes = bytesOf(ranges, read.memory);
    return {
      value: { frame: read.frame, ranges: bytes },
      text: `Memory at frame ${read.frame}:\n${bytesText(bytes)}`,
    };
  },
});

/** Whoever plays looks at the own game unless another is named. */
async function viewer(player: Player, id: string | undefined): Promise<Client> {
  if (id !== undefined) return player.watch();
  if (player.mayPlay) return player.play();
  const running = (await (await player.watch()).emulators()).filter(({ state }) => state === 'leased');
  const allowed = running.map((listed) => listed.id).join(', ') || 'none is running';
  throw new JoywireError(
    'invalid_argument',
    `emulator: whoever only watches must name one; allowed: ${allowed}`,
  );
}
