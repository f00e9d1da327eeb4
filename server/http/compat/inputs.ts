/** The dialect of the emulator servers with `/input`: buttons in upper case, separated by spaces. */
import { z } from 'zod';
import { BUTTONS, formatButtons, GAME_BOY_BUTTONS } from '../../../shared/buttons.ts';
import { CHECKPOINT_NAME } from '../../../shared/protocol.ts';
import { type Answer, ok, refuse } from './answer.ts';
import type { Game, Play } from './game.ts';
import { type Request, type Route, route } from './route.ts';
import { screenshotBase64 } from './screenshot.ts';

const MAX_INPUTS = 1024;
const NAMES = new Map<string, number>(Object.entries(BUTTONS));

export const inputRoutes: Readonly<Record<string, Route>> = {
  'POST /input': route(z.object({ inputs: z.string() }), async ({ inputs }, game) => {
    const names = inputs.split(/\s+/).filter((name) => name !== '');
    const problem = inputProblem(names);
    if (problem !== undefined) return refuse(400, problem);
    return playing(game, async (play) => {
      await play.press(names.map((name) => nativePress(NAMES.get(name) ?? 0)));
      play.steps += names.length;
      return ok({
        status: 'success',
        inputs: names,
        inputs_processed: names.length,
        ...(await stateOf(play)),
      });
    });
  }),
  'GET /state': route(undefined, (_body, game) =>
    playing(game, async (play) => {
      const picture = await play.picture();
      const screenshot = picture === undefined ? '' : screenshotBase64(picture);
      return ok({ status: 'running', ...(await stateOf(play)), screenshot_base64: screenshot });
    }),
  ),
  'POST /reset': route(undefined, (_body, game) =>
    playing(game, async (play) => {
      await play.command({ method: 'reset' });
      play.steps = 0;
      return ok({ status: 'success', ...(await stateOf(play)) });
    }),
  ),
  'GET /health': route(undefined, async (_body, { play }) =>
    ok({ status: 'healthy', game: play === undefined ? 'not_started' : 'running' }),
  ),
  'POST /checkpoint/load': loadCheckpoint,
};

function inputProblem(names: readonly string[]): string | undefined {
  if (names.length === 0)
    return 'inputs: got none; allowed: buttons separated by spaces, such as "A B START"';
  if (names.length > MAX_INPUTS) return `inputs: got ${names.length}; allowed: at most ${MAX_INPUTS}`;
  const wrong = names.find((name) => ((NAMES.get(name) ?? ~0) & ~GAME_BOY_BUTTONS) !== 0);
  if (wrong === undefined) return undefined;
  return `Invalid input: ${wrong}. Allowed: ${formatButtons(GAME_BOY_BUTTONS).replaceAll('+', ' ')}`;
}

/** These servers have a game from the start; here it starts with the first call that needs it. */
async function playing(game: Game, answer: (play: Play) => Promise<Answer>): Promise<Answer> {
  if (game.play !== undefined) return answer(game.play);
  const started = await game.start(undefined);
  return started.ok ? answer(started.play) : started.answer;
}

async function stateOf(play: Play) {
  const frame = await play.player.read(async (emulator) => emulator.frame);
  return { frame, step_number: play.steps };
}

function nativePress(buttons: number) {
  return { buttons, hold: undefined, gap: undefined, options: undefined };
}

/** A multipart form with a part, of any name, that holds the name of a checkpoint as text or as the name of a file. */
async function loadCheckpoint({ bytes, contentType }: Request, game: Game): Promise<Answer> {
  const names = await formNames(bytes, contentType);
  if (names === undefined) return refuse(422, 'the body is no multipart form; allowed: multipart/form-data');
  const name = names.find((text) => CHECKPOINT_NAME.test(text));
  if (name === undefined) return refuse(422, 'no part of the form names a checkpoint');
  return playing(game, async (play) => {
    const outcome = await play.player.command({ method: 'load', name });
    if (outcome.status === 'executed')
      return ok({ status: 'success', checkpoint: name, ...(await stateOf(play)) });
    const { code, message = outcome.status } = outcome.detail ?? {};
    return refuse(code === 'unknown_checkpoint' ? 404 : 500, message);
  });
}

async function formNames(bytes: Uint8Array, contentType: string): Promise<string[] | undefined> {
  try {
    const form = await new Response(bytes, { headers: { 'Content-Type': contentType } }).formData();
    return [...form.values()].map((value) => (typeof value === 'string' ? value : value.name));
  } catch {
    // Whatever is wrong with it, it is no form.
    return undefined;
  }
}
