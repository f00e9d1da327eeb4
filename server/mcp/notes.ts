/** What happens to a game while nobody asks, in words for whoever plays it over MCP. */
import type { ControlChange, ServerEvent } from '../../client/index.ts';

/** What an event means to whoever plays; undefined where it means nothing. */
export function eventNote({ name, data }: ServerEvent): string | undefined {
  const frame = typeof data['frame'] === 'number' ? ` at frame ${data['frame']}` : '';
  switch (name) {
    case 'emulator_replaced':
      return `the game died and a new one was started from power-on${frame}: what was not saved as a checkpoint is lost`;
    case 'emulator_rebuilt':
      return data['cause'] === 'restarted'
        ? `the gateway was restarted and the game is as it was${frame}: no press that was reported is lost; ends that earlier rollouts kept are, run those again`
        : `the game died and was rebuilt as it was${frame}: nothing that was reported is lost`;
    case 'emulator_lost':
      return 'the game died and no other could be started: start_game tries again';
    case 'buttons_released':
      return `the connection to the gateway broke; it is back, and no button is held${frame}`;
    case 'journal_stalled':
      return 'the gateway cannot put on record what happens: nothing runs until it can';
    default:
      return undefined;
  }
}

export function controlNote(change: ControlChange): string {
  if (change.controls) return 'control has come back: presses run again, and no button is held';
  const { label, session, owner } = change.by;
  return `${label ?? session} (${owner}) has taken control: presses are rejected; take_control asks for it back`;
}
