/** The outcome of what ran no frame, made of its code: `rejected`, `failed` or `unknown`, as the code's table says. */
import { ENTRY_CODES, type EntryCode } from '../../shared/errors.ts';
import type { Outcome } from '../../shared/protocol.ts';
import type { StepOutcome } from './drivers/driver.ts';

/** Of an entry. */
export function codedOutcome(code: EntryCode, message: string): Outcome {
  const { status } = ENTRY_CODES[code];
  return { status, firstFrame: null, frames: 0, certainty: 'none', detail: { code, message } };
}

/** Of a step that a driver was given. */
export function codedStepOutcome(code: EntryCode, message: string): StepOutcome {
  const { status } = ENTRY_CODES[code];
  return { status, firstFrame: null, frames: 0, certainty: 'none', observed: undefined, code, message };
}
