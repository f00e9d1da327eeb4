/** What a driver says became of a step, as the outcome of its entry. */
import type { Outcome } from '../../shared/protocol.ts';
import type { StepOutcome } from '../emulator/drivers/driver.ts';

/** @param coalesced how many inputs the step stood for, if it was more than one */
export function outcomeOf(
  outcome: StepOutcome,
  approximated: string | undefined,
  coalesced?: number,
): Outcome {
  const { status, firstFrame, frames, certainty, observed, code, message, guard, waited } = outcome;
  const bare = observed === undefined && code === undefined && message === undefined && waited === undefined;
  if (bare && approximated === undefined && coalesced === undefined) {
    return { status, firstFrame, frames, certainty, detail: undefined };
  }
  const detail = {
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message }),
    ...(observed !== undefined && { observed }),
    ...(approximated !== undefined && { approximated }),
    ...(coalesced !== undefined && { coalesced }),
    ...(guard !== undefined && { guard }),
    ...(waited !== undefined && { waited }),
  };
  return { status, firstFrame, frames, certainty, detail };
}
