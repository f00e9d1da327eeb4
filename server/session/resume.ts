/** Whether a session can be resumed as its client asks. Pure but for the comparison of secrets. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Hello } from '../../shared/protocol.ts';

export type ResumeRequest = NonNullable<Hello['resume']>;

/** What the decision needs to know of a session. */
export interface Resumable {
  /** SHA-256 of the secret it is resumed with. */
  readonly secretHash: Buffer;
  /** Every outcome up to this seq has been handed to a connection at least once. */
  readonly ackedThrough: number;
  /** The oldest outcome that is still kept. */
  readonly firstKept: number;
  /** It has said bye or is being ended. */
  readonly leaving: boolean;
}

/** Why the session cannot be resumed; undefined when it can. */
export function resumeProblem(request: ResumeRequest, found: Resumable | undefined): string | undefined {
  const { session, secret, received } = request;
  if (found === undefined)
    return `session ${session} is not here: it has ended, or its time to resume is over`;
  if (!timingSafeEqual(hashSecret(secret), found.secretHash))
    return `the secret is not that of session ${session}`;
  if (found.leaving) return `session ${session} is ending`;
  if (received > found.ackedThrough) {
    return `received: got ${received}; session ${session} has acked up to ${found.ackedThrough} only`;
  }
  if (received < found.firstKept - 1) {
    return `outcomes from ${received + 1} on are wanted; session ${session} keeps them from ${found.firstKept} on`;
  }
  return undefined;
}

/** What is kept of a secret. */
export function hashSecret(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
