/** Which games there are, how they do, and choosing another one or another clock. */
import { z } from 'zod';
import type { Client, EmulatorListing } from '../../../client/index.ts';
import { CHECKPOINT_NAME, LIMITS, PACES } from '../../../shared/protocol.ts';
import { defineTool } from '../tool.ts';
import { assertExecuted } from './checkpoints.ts';

const pace = z
  .enum(PACES)
  .describe(
    'turbo: time passes only while presses run, as fast as it can; realtime: 60 frames a second, all the time',
  );
const speed = z
  .number()
  .min(LIMITS.minSpeed)
  .max(LIMITS.maxSpeed)
  .describe('At realtime: times the speed of a console');

const listed = z.object({
  id: z.string(),
  kind: z.string(),
  rom: z.string().describe('The game'),
  state: z.string().describe('free, starting or leased'),
  label: z.string().nullable().describe('What the run on it is called'),
  frame: z.int().nullable().describe('Frames it has run, while it is leased'),
  yours: z.boolean(),
});

export const emulators = defineTool({
  name: 'emulators',
  title: 'List games',
  description:
    'Lists the emulators of the gateway: which are free, which are being played, which is yours; and the ROMs that `start_game` may ask for. Takes none.',
  watchers: true,
  annotations: { readOnlyHint: true },
  input: z.strictObject({}),
  output: z.object({
    emulators: z.array(listed),
    roms: z.array(z.object({ name: z.string(), title: z.string(), hash: z.string() })),
  }),
  run: async (_input, player) => {
    const client = await player.watch();
    const [all, roms] = await Promise.all([client.emulators(), client.roms()]);
    const value = {
      emulators: all.map((one) => listingOf(one, client)),
      roms: roms.map((rom) => ({ name: rom.name, title: rom.title, hash: rom.hash })),
    };
    const lines = value.emulators.map(
      ({ id, rom, state, label, frame, yours }) =>
        `${id}: ${rom}, ${state}${label === null ? '' : ` by ${label}`}${frame === null ? '' : `, frame ${frame}`}${yours ? ' (yours)' : ''}`,
    );
    const names = value.roms.map((rom) => rom.name).join(', ');
    return { value, text: [...lines, ...(names === '' ? [] : [`ROMs: ${names}`])].join('\n') };
  },
});

function listingOf({ id, kind, rom, state, label, emulator, session }: EmulatorListing, client: Client) {
  return { id, kind, rom, state, label, frame: emulator?.frame ?? null, yours: session === client.session };
}

export const startGame = defineTool({
  name: 'start_game',
  title: 'Start another game',
  description:
    'Starts another game and leaves the one of before, which is then gone unless it was saved as a checkpoint. You need not call it to begin: the first call of any other tool starts the usual game. Use it to choose a ROM, an emulator, a checkpoint to start from, or to begin anew after the game is gone.',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
  input: z.strictObject({
    rom: z.string().min(1).optional().describe('Name or SHA-256 of a ROM, as `emulators` lists them'),
    emulator: z.string().min(1).optional().describe('Id of an emulator, as `emulators` lists them'),
    checkpoint: z.string().regex(CHECKPOINT_NAME).optional().describe('Checkpoint to start from'),
    pace: pace.optional(),
    speed: speed.optional(),
    label: z.string().max(LIMITS.maxTextLength).optional().describe('What this run is to be called'),
    take_over: z
      .boolean()
      .optional()
      .describe('With `emulator`: takes it over from whoever controls it, where that is allowed'),
  }),
  output: z.object({ emulator: z.string(), rom: z.string(), frame: z.int(), pace, speed: z.number() }),
  run: async ({ take_over: takeOver, ...choice }, player) => {
    const { emulator } = await player.start({ ...choice, takeOver });
    const { id = '', rom = '', frame = 0 } = emulator ?? {};
    const value = { emulator: id, rom, frame, ...player.clock };
    return { value, text: `${rom} runs on ${id}, at frame ${frame}, pace ${value.pace}.` };
  },
});

export const reset = defineTool({
  name: 'reset',
  title: 'Switch off and on',
  description:
    'Switches the machine off and on again. What the cartridge’s battery keeps stays; everything else is as at power-on. Frame numbers go on.',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
  input: z.strictObject({}),
  output: z.object({ frame: z.int().nullable() }),
  run: async (_input, player) => {
    const outcome = await (await player.play()).reset();
    assertExecuted(outcome);
    const { firstFrame: frame } = outcome;
    return { value: { frame }, text: `The machine was switched off and on; frames go on from ${frame}.` };
  },
});

export const setPace = defineTool({
  name: 'set_pace',
  title: 'Set the clock',
  description:
    'Chooses whether the game’s time passes only while presses run (turbo, the usual) or all the time (realtime), for people who watch or for what depends on real time. At realtime a call of `press` lasts as long as its frames.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
  input: z.strictObject({ pace, speed: speed.default(1) }),
  output: z.object({ pace, speed: z.number() }),
  run: async ({ pace: wanted, speed: factor }, player) => {
    assertExecuted(await (await player.play()).pace(wanted, factor));
    const clock = { pace: wanted, speed: factor };
    player.clockSet(clock);
    return { value: clock, text: `The pace is ${wanted}${wanted === 'turbo' ? '' : `, times ${factor}`}.` };
  },
});
