/** How the connection is, in a word and a lamp. */
import type { ClientState } from '../../index.ts';
import { assertNever } from '../../../shared/errors.ts';

interface LineStateProps {
  readonly state: ClientState;
  /** From a key to its ack, in ms. */
  readonly latencyMs: number | undefined;
}

export function LineState({ state, latencyMs }: LineStateProps) {
  return (
    <span class={`line line-${state.status}`} role="status">
      <span class="led" aria-hidden="true" />
      {words(state, latencyMs)}
    </span>
  );
}

function words(state: ClientState, latencyMs: number | undefined): string {
  switch (state.status) {
    case 'open':
      return latencyMs === undefined ? 'Connected' : `Connected · ${latencyMs.toFixed(0)} ms`;
    case 'reconnecting':
      return `Line lost · attempt ${state.attempt}`;
    case 'closing':
      return 'Leaving';
    case 'closed':
      return 'Closed';
    default:
      return assertNever(state);
  }
}
