/** Who controls the game, where several play on one emulator. */
import { z } from 'zod';
import { JoywireError } from '../../../shared/errors.ts';
import { defineTool } from '../tool.ts';

const output = z.object({ controls: z.boolean() });

export const takeControl = defineTool({
  name: 'take_control',
  title: 'Take control again',
  description:
    'Takes control of your game again after somebody else has taken it over, or after `give_back`. Needed only when presses are rejected with control_lost.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
  input: z.strictObject({}),
  output,
  run: async (_input, player) => {
    const client = await player.play();
    await client.takeControl();
    return { value: { controls: true }, text: 'You control the game.' };
  },
});

export const giveBack = defineTool({
  name: 'give_back',
  title: 'Give control back',
  description:
    'Gives control back to whoever had the game before you took it over. You may go on looking, and `take_control` again.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
  input: z.strictObject({}),
  output,
  run: async (_input, player) => {
    const client = await player.play();
    await client.giveBack().catch((error: unknown) => {
      throw isAlone(error) ? new JoywireError('unsupported', ALONE) : error;
    });
    return { value: { controls: false }, text: 'Control is given back; you may still look.' };
  },
});

/** What the gateway says then is for clients that can say bye. */
const ALONE =
  'nobody else plays on this emulator, so there is nobody to give it to; it is released when the MCP session ends, or when start_game starts another game';

function isAlone(error: unknown): boolean {
  return error instanceof JoywireError && error.code === 'unsupported';
}
