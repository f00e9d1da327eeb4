/** Events: what each tells. */
import { frameCount } from './parts.ts';
import { integer, map, nullable, number, type Schema, type Schemas, string, word } from './schema.ts';

const died = {
  emulator: string,
  cause: word(['trapped', 'hung', 'exited', 'restarted']),
  message: string,
  frame: frameCount,
};
const other = { by: string, label: nullable(string), owner: string };

export const EVENTS: Readonly<Record<string, { readonly summary: string; readonly data: Schema }>> = {
  waiting: { summary: 'The place in the line for an emulator', data: map({ place: integer(1) }) },
  emulator_replaced: {
    summary: 'The game died; a new one was started from power-on',
    data: map(died),
  },
  emulator_rebuilt: { summary: 'The game was rebuilt from its journal', data: map(died) },
  journal_stalled: { summary: 'Nothing can be put on record: nothing runs', data: map({ message: string }) },
  journal_resumed: { summary: 'It can be again', data: map({}) },
  control_asked: {
    summary: 'Whoever controls the emulator has been asked for it',
    data: map({ answerMs: number() }),
  },
  control_requested: {
    summary: 'Another wants the emulator',
    data: map({ request: integer(1), ...other }),
  },
  control_lost: { summary: 'Another controls the emulator now', data: map(other) },
  control_granted: {
    summary: 'Control has come back',
    data: map({ emulator: string, frame: frameCount }),
  },
  token_expiring: { summary: 'The token stops to count soon', data: map({ expiresInMs: number() }) },
  buttons_released: {
    summary: 'All buttons were released while there was no connection',
    data: map({ frame: frameCount }),
  },
  emulator_lost: {
    summary: 'The game died and none could be started',
    data: map({ ...died, error: string }),
  },
};

/** `event_NAME` of each. */
export function eventSchemas(): Schemas {
  const entries = Object.entries(EVENTS);
  return Object.fromEntries(
    entries.map(([name, { summary, data }]) => [`event_${name}`, { ...data, description: summary }]),
  );
}
