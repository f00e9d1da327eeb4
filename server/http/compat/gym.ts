/**
 * The dialect of pokemon-gym's server, as it is spoken by its clients: paths, bodies, answers. What its bugs are is left out, see
 * docs/compatibility.md.
 */
import { z } from 'zod';
import { v7 as uuid } from 'uuid';
import { BUTTONS, buttonNames, GAME_BOY_BUTTONS } from '../../../shared/buttons.ts';
import { CHECKPOINT_NAME, LIMITS, type Press } from '../../../shared/protocol.ts';
import { type Answer, ok, refuse } from './answer.ts';
import type { Game, Play } from './game.ts';
import { type Route, route } from './route.ts';
import { screenshotBase64 } from './screenshot.ts';

/** pokemon-gym holds a key for 10 frames and waits 120. */
const HOLD = 10;
const GAP = 120;
/** A session there ends after four hours; here it does not, so all of it always remains. */
const SESSION_SECONDS = 4 * 60 * 60;
const MAX_KEYS = 1024;
const MAX_WAIT_FRAMES = 1_000_000;

const KEYS = new Map(buttonNames(GAME_BOY_BUTTONS).map((name) => [name.toLowerCase(), BUTTONS[name]]));

const initialize = z.object({
  headless: z.boolean().default(true),
  sound: z.boolean().default(false),
  load_state_file: z.string().nullish(),
  load_autosave: z.boolean().default(false),
  session_id: z.string().nullish(),
});
const action = z.object({
  action_type: z.string(),
  keys: z.array(z.string()).max(MAX_KEYS).nullish(),
  frames: z.int().nullish(),
});
const saveState = z.object({ filename: z.string().nullish() });

const NOT_INITIALIZED = refuse(400, 'Environment not initialized. Call /initialize first.');

/** @param warmupFrames how many frames a fresh game runs before /initialize answers */
export function gymRoutes(warmupFrames: number): Readonly<Record<string, Route>> {
  return {
    'POST /initialize': route(initialize, async ({ load_state_file }, game) => {
      const name = checkpointOf(load_state_file);
      if (name === null) return refuse(400, `State file not found: ${load_state_file}`);
      const started = await game.start(name);
      if (!started.ok) return started.answer;
      if (name === undefined) await started.play.press(waits(warmupFrames));
      return gameState(started.play, game);
    }),
    'POST /action': route(action, async (body, game) => {
      const { play } = game;
      if (play === undefined) return NOT_INITIALIZED;
      const presses = pressesOf(body);
      if (typeof presses === 'string') return refuse(400, presses);
      await play.press(presses);
      play.steps += 1;
      return gameState(play, game);
    }),
    'GET /status': route(undefined, async (_body, { play }) => {
      if (play === undefined) return ok({ status: 'not_initialized' });
      return ok({
        status: 'running',
        steps_taken: play.steps,
        session_dir: play.player.sessionId,
        remaining_time_seconds: SESSION_SECONDS,
        remaining_time_minutes: SESSION_SECONDS / 60,
        score: 0,
        pokemon_count: 0,
        badges_count: 0,
        locations_count: 0,
      });
    }),
    'POST /stop': route(undefined, async (_body, game) => {
      const { play } = game;
      if (play === undefined) return ok({ status: 'not_initialized' });
      await game.stop();
      return ok({
        status: 'stopped',
        session_dir: play.player.sessionId,
        final_score: 0,
        pokemon_collected: [],
        badges_earned: [],
        locations_visited: [],
        pokemon_count: 0,
        badges_count: 0,
        locations_count: 0,
      });
    }),
    'POST /save_state': route(saveState, async ({ filename }, { play }) => {
      if (play === undefined) return NOT_INITIALIZED;
      const asked = filename ? withSuffix(filename) : `game_state_${uuid()}.state`;
      const name = checkpointOf(asked);
      if (name === null) return refuse(400, `filename: got ${JSON.stringify(filename)}; ${NAME_RULE}`);
      const { detail } = await play.command({ method: 'save', name });
      return ok({ status: 'success', state_file: detail?.checkpoint });
    }),
    'GET /evaluate': route(undefined, async (_body, { play }) => {
      if (play === undefined) return refuse(400, 'Evaluator not initialized. Call /initialize first.');
      const none = { count: 0, items: [] };
      return ok({ score: 0, pokemon: none, badges: none, locations: none });
    }),
  };
}

const NAME_RULE = 'allowed: 1 to 64 letters, digits, dots, dashes and underscores, no path';

function withSuffix(filename: string): string {
  return filename.endsWith('.state') ? filename : `${filename}.state`;
}

/** A file name there is the name of a checkpoint here; null when it cannot be one, undefined when there is none. */
function checkpointOf(file: string | null | undefined): string | null | undefined {
  if (file === null || file === undefined || file === '') return undefined;
  return CHECKPOINT_NAME.test(file) ? file : null;
}

/** What an action presses, or what is wrong with it. Nothing runs unless all of it is right. */
function pressesOf({ action_type, keys, frames }: z.output<typeof action>): readonly Press[] | string {
  if (action_type === 'press_key') {
    if (keys === null || keys === undefined || keys.length === 0)
      return 'Keys parameter is required for press_key action.';
    const wrong = keys.find((key) => !KEYS.has(key));
    if (wrong !== undefined) return `Invalid key: ${wrong}. Allowed: ${[...KEYS.keys()].join(', ')}`;
    return keys.map((key) => press(KEYS.get(key) ?? 0, HOLD, GAP));
  }
  if (action_type !== 'wait') return `Unknown action type: ${action_type}`;
  if (frames === null || frames === undefined || frames === 0)
    return 'Frames parameter is required for wait action.';
  if (frames < 0 || frames > MAX_WAIT_FRAMES)
    return `frames: got ${frames}; allowed: 1 to ${MAX_WAIT_FRAMES}`;
  return waits(frames);
}

/** So many frames without a key, in as few presses as a session takes them. */
function waits(frames: number): Press[] {
  const presses: Press[] = [];
  for (let left = frames; left > 0; left -= LIMITS.maxHoldFrames) {
    presses.push(press(0, Math.min(left, LIMITS.maxHoldFrames), 0));
  }
  return presses;
}

function press(buttons: number, hold: number, gap: number): Press {
  return { buttons, hold, gap, options: undefined };
}

/** The game state: what the gateway cannot know of a game has neutral values. */
async function gameState(play: Play, game: Game): Promise<Answer> {
  const picture = await play.picture();
  const executionTime = (game.nowMs - play.answeredAtMs) / 1000;
  play.answeredAtMs = game.nowMs;
  return ok({
    player_name: '',
    rival_name: '',
    money: 0,
    location: '',
    coordinates: [0, 0],
    badges: [],
    valid_moves: [],
    inventory: [],
    dialog: null,
    pokemons: [],
    screenshot_base64: picture === undefined ? '' : screenshotBase64(picture),
    collision_map: null,
    step_number: play.steps,
    execution_time: play.steps === 0 ? 0 : executionTime,
    score: 0,
  });
}
