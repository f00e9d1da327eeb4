/** Checkpoints: the game as it is, under a name, to come back to. */
import { z } from 'zod';
import type { Client, EntryOutcome } from '../../../client/index.ts';
import { JoywireError } from '../../../shared/errors.ts';
import { CHECKPOINT_NAME } from '../../../shared/protocol.ts';
import { MAX_SCALE, takePicture } from '../picture.ts';
import { defineTool } from '../tool.ts';

const checkpointName = z
  .string()
  .regex(CHECKPOINT_NAME)
  .describe('1 to 64 letters, digits, dots, dashes and underscores');

export const saveCheckpoint = defineTool({
  name: 'save_checkpoint',
  title: 'Save a checkpoint',
  description:
    'Keeps the whole state of the game under a name; no time passes. Save before anything that may go wrong (a fight, a choice, a long way) and load it to try again. A checkpoint of the same name is replaced.',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
  input: z.strictObject({ name: checkpointName.optional().describe('Without one, a name is made up') }),
  output: z.object({ name: z.string(), frame: z.int().nullable() }),
  run: async (input, player) => {
    const client = await player.play();
    const { checkpoint, outcome } = await client.save(input.name);
    assertExecuted(outcome);
    const { firstFrame: frame } = outcome;
    return { value: { name: checkpoint ?? '', frame }, text: `Saved as ${checkpoint} at frame ${frame}.` };
  },
});

export const loadCheckpoint = defineTool({
  name: 'load_checkpoint',
  title: 'Load a checkpoint',
  description:
    'Goes back to a saved state of the game: everything since is undone. Frame numbers go on. `list_checkpoints` tells which there are.',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
  input: z.strictObject({
    name: checkpointName,
    look: z.boolean().default(false).describe('Whether to return a picture of the screen afterwards'),
    scale: z.int().min(1).max(MAX_SCALE).default(2).describe('Size of the picture: times 160x144'),
  }),
  output: z.object({ name: z.string(), frame: z.int().nullable() }),
  run: async ({ name: wanted, look, scale }, player) => {
    const client = await player.play();
    const [outcome, picture] = await Promise.all([
      client.load(wanted),
      look ? takePicture(client, scale) : undefined,
    ]);
    if (outcome.detail?.code === 'unknown_checkpoint') throw await unknown(wanted, client);
    assertExecuted(outcome);
    const { firstFrame: frame } = outcome;
    return {
      value: { name: wanted, frame },
      text: `The game is as it was saved in ${wanted}; frames go on from ${frame}.`,
      ...(picture && { pictures: [picture.png] }),
    };
  },
});

export const listCheckpoints = defineTool({
  name: 'list_checkpoints',
  title: 'List checkpoints',
  description: 'Lists the saved states of this game, with the frame each was saved at.',
  annotations: { readOnlyHint: true },
  input: z.strictObject({}),
  output: z.object({
    checkpoints: z.array(z.object({ name: z.string(), frame: z.int(), bytes: z.int() })),
  }),
  run: async (_input, player) => {
    const checkpoints = await (await player.play()).checkpoints();
    const lines = checkpoints.map((one) => `${one.name}: frame ${one.frame}`);
    return {
      value: { checkpoints: [...checkpoints] },
      text: lines.length === 0 ? 'There are no checkpoints of this game.' : lines.join('\n'),
    };
  },
});

export const deleteCheckpoint = defineTool({
  name: 'delete_checkpoint',
  title: 'Delete a checkpoint',
  description: 'Forgets a saved state for good.',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
  input: z.strictObject({ name: checkpointName }),
  output: z.object({ name: z.string() }),
  run: async ({ name: wanted }, player) => {
    await (await player.play()).deleteCheckpoint(wanted);
    return { value: { name: wanted }, text: `${wanted} is deleted.` };
  },
});

async function unknown(name: string, client: Client): Promise<JoywireError> {
  const names = (await client.checkpoints()).map((one) => one.name).join(', ') || 'none is saved';
  return new JoywireError('unknown_checkpoint', `there is no checkpoint ${name}; allowed: ${names}`);
}

/** @throws JoywireError with the outcome's code */
export function assertExecuted({ status, detail }: EntryOutcome): void {
  if (status === 'executed') return;
  throw new JoywireError(detail?.code ?? status, detail?.message ?? `the command was ${status}`);
}
