/** The compatibility API (docs/compatibility.md) in the OpenAPI document. */
import { buttonNames, GAME_BOY_BUTTONS } from '../../shared/buttons.ts';
import { type Body, bodies } from './operations.ts';
import {
  anything,
  boolean,
  bytes,
  constant,
  either,
  integer,
  list,
  map,
  nullable,
  number,
  ref,
  type Schema,
  string,
  word,
} from './schema.ts';

const none = { count: integer(0, 0), items: list(anything) };
const progress = { frame: integer(), step_number: integer() };
const success = constant('success');

export const compatSchemas: Readonly<Record<string, Schema>> = {
  CompatRefusal: map({ detail: string }),
  CompatFault: map({ detail: either(string, list(map({ type: string, loc: list(anything), msg: string }))) }),
  CompatGameState: map({
    screenshot_base64: bytes,
    step_number: integer(),
    execution_time: number(),
    player_name: string,
    rival_name: string,
    money: integer(),
    location: string,
    coordinates: list(integer(), 2, 2),
    badges: list(anything),
    valid_moves: list(anything),
    inventory: list(anything),
    dialog: nullable(string),
    pokemons: list(anything),
    collision_map: nullable(string),
    score: number(),
  }),
};

interface CompatCall {
  readonly summary: string;
  readonly body?: Readonly<Record<string, Schema>>;
  readonly result: Schema;
  /** Statuses besides those of every call. */
  readonly refused?: Readonly<Record<number, string>>;
}

const keys = word(buttonNames(GAME_BOY_BUTTONS).map((name) => name.toLowerCase()));
const notInitialized = map({ status: constant('not_initialized') });
const WRONG = { 400: 'Something in the body is wrong; nothing has run' };

const CALLS: Readonly<Record<string, CompatCall>> = {
  'POST /initialize': {
    summary: 'Starts a game; ends one that runs',
    body: json(
      map(
        {},
        {
          headless: boolean,
          sound: boolean,
          load_state_file: string,
          load_autosave: boolean,
          session_id: string,
        },
      ),
    ),
    result: ref('CompatGameState'),
    refused: WRONG,
  },
  'POST /action': {
    summary: 'Presses keys or waits',
    body: json(
      either(
        map({ action_type: constant('press_key'), keys: list(keys, 1, 1024) }),
        map({ action_type: constant('wait'), frames: integer(1, 1_000_000) }),
      ),
    ),
    result: ref('CompatGameState'),
    refused: WRONG,
  },
  'GET /status': {
    summary: 'Whether a game runs',
    result: either(
      notInitialized,
      map({ status: constant('running'), steps_taken: integer(), session_dir: string }),
    ),
  },
  'POST /stop': {
    summary: 'Ends the game',
    result: either(notInitialized, map({ status: constant('stopped'), session_dir: string })),
  },
  'POST /save_state': {
    summary: 'Saves a checkpoint',
    body: json(map({}, { filename: string })),
    result: map({ status: success, state_file: string }),
    refused: WRONG,
  },
  'GET /evaluate': {
    summary: 'An evaluation, all zero',
    result: map({ score: number(), pokemon: map(none), badges: map(none), locations: map(none) }),
    refused: { 400: 'There is no game' },
  },
  'POST /input': {
    summary: 'Presses buttons',
    body: json(map({ inputs: string })),
    result: map({ status: success, inputs: list(string), inputs_processed: integer(), ...progress }),
    refused: WRONG,
  },
  'GET /state': {
    summary: 'Where the game is, with a picture',
    result: map({ status: constant('running'), ...progress, screenshot_base64: bytes }),
  },
  'POST /reset': {
    summary: 'Switches the machine off and on',
    result: map({ status: success, ...progress }),
  },
  'GET /health': {
    summary: 'Whether the server lives',
    result: map({ status: constant('healthy'), game: word(['not_started', 'running']) }),
  },
  'POST /checkpoint/load': {
    summary: 'Loads a checkpoint',
    body: {
      'multipart/form-data': {
        type: 'object',
        description: 'A part of any name, with the name of a checkpoint',
      },
    },
    result: map({ status: success, checkpoint: string, ...progress }),
  },
};

/** Every call has these. */
const REFUSED: Readonly<Record<number, string>> = {
  400: 'The host is no proper one, or the request broke off',
  401: 'The gateway wants a token',
  403: 'The request has an `Origin`, or its host is not one of the gateway’s',
  405: 'No such method',
  413: 'The body is larger than `maxMessageBytes`',
  429: 'The address has too many connections open',
  500: 'The game failed, or the gateway',
  503: 'Every emulator is taken, too many requests wait, or the gateway is stopping',
};

export function compatPaths() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [call, spec] of Object.entries(CALLS)) {
    const [method = '', path = ''] = call.split(' ');
    paths[path] ??= { servers: [COMPAT_SERVER] };
    Object.assign(paths[path], { [method.toLowerCase()]: operationOf(path, spec) });
  }
  return paths;
}

const COMPAT_SERVER = {
  url: 'http://127.0.0.1:{port}',
  description: 'Where the gateway was started with --compat-port',
  variables: { port: { default: '8081' } },
};

function operationOf(path: string, { summary, body, result, refused }: CompatCall) {
  const answers: Record<number, Body> = {
    ...problems({ ...REFUSED, ...refused, ...(body && { 422: 'The body has not the right fields' }) }),
    ...(path === '/checkpoint/load' && problems({ 404: 'There is no such checkpoint' })),
    200: { description: 'Done', type: 'application/json', schema: result },
  };
  return {
    operationId: `compat${path.replaceAll(/[/_](\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    tags: ['compatibility'],
    security: [{ token: [] }, {}],
    ...(body && {
      requestBody: {
        required: true,
        content: Object.fromEntries(Object.entries(body).map(([type, schema]) => [type, { schema }])),
      },
    }),
    responses: bodies(answers),
  };
}

function problems(descriptions: Readonly<Record<number, string>>): Record<number, Body> {
  return Object.fromEntries(
    Object.entries(descriptions).map(([status, description]) => [
      status,
      {
        description,
        type: 'application/json',
        schema: ref(status === '422' ? 'CompatFault' : 'CompatRefusal'),
      },
    ]),
  );
}

function json(schema: Schema): Readonly<Record<string, Schema>> {
  return { 'application/json': schema };
}
