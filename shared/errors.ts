/** Request errors and entry codes: the two lists of things that can be wrong while the connection lives. */

/** A request failed. `retryable`: the same request may succeed later without being changed. */
export const REQUEST_ERRORS = {
  invalid_message: {
    retryable: false,
    meaning: 'a field of the message is missing or wrong; nothing of it was taken',
  },
  unknown_message: { retryable: false, meaning: 'the message type is not one of this protocol version' },
  sequence_gap: { retryable: true, meaning: 'the seq is higher than the next one; send from `seq` on' },
  outcome_expired: {
    retryable: false,
    meaning: 'the seq is a repeat whose outcome is no longer kept; it did not run again',
  },
  credit_exceeded: {
    retryable: true,
    meaning: 'more entries would be outstanding than the credit allows; nothing was taken',
  },
  group_too_large: {
    retryable: false,
    meaning: 'the group has more members than the largest group; nothing was taken',
  },
  unknown_macro: {
    retryable: false,
    meaning: 'no macro of that name was defined in this session; nothing was taken',
  },
  invalid_script: {
    retryable: false,
    meaning: 'the script cannot be read; the message names line and column; nothing was taken',
  },
  too_many_macros: {
    retryable: false,
    meaning: 'the session may not have more macros, or not more presses in them; nothing was taken',
  },
  rate_limited: {
    retryable: true,
    meaning: 'the client goes faster than it may; nothing was taken; send again after `retryInMs`',
  },
  not_controller: {
    retryable: false,
    meaning: 'this session watches; it has no emulator to send entries to',
  },
  no_emulator: { retryable: true, meaning: 'every emulator is taken' },
  unknown_emulator: { retryable: false, meaning: 'the gateway has no such emulator, kind or ROM' },
  overloaded: { retryable: true, meaning: 'the gateway is short of memory and takes no new sessions' },
  unauthorized: { retryable: false, meaning: 'the token is missing or wrong' },
  keys_unavailable: {
    retryable: true,
    meaning: 'the keys that signed tokens are checked with cannot be had now',
  },
  resume_refused: { retryable: false, meaning: 'the session cannot be resumed; the message says why' },
  unknown_method: { retryable: false, meaning: 'no such call' },
  invalid_params: { retryable: false, meaning: 'a parameter is missing or wrong' },
  unsupported: { retryable: false, meaning: 'this kind of emulator cannot do that' },
  unknown_channel: { retryable: false, meaning: 'no such channel' },
  unknown_session: { retryable: false, meaning: 'no such session' },
  unknown_connection: { retryable: false, meaning: 'no such connection' },
  subscription_in_use: {
    retryable: false,
    meaning: 'the subscription id is already taken on this connection',
  },
  unknown_subscription: { retryable: false, meaning: 'there is no such subscription on this connection' },
  too_many_subscriptions: { retryable: false, meaning: 'this connection may not hold more subscriptions' },
  emulator_failed: { retryable: true, meaning: 'the emulator died while it was being asked' },
  session_ended: { retryable: false, meaning: 'the session has said bye or was ended' },
  unknown_checkpoint: { retryable: false, meaning: 'there is no checkpoint of that name for this ROM' },
  checkpoints_full: { retryable: false, meaning: 'the gateway keeps no more checkpoints' },
  unknown_rollout: {
    retryable: false,
    meaning:
      'the session has no such rollout, or the gateway was restarted since; submit again what has no result',
  },
  too_many_rollouts: {
    retryable: true,
    meaning: 'the rollouts of this session that are not over are as many, or hold as much, as they may',
  },
  forbidden: { retryable: false, meaning: 'the operator does not allow it, or not to you' },
  control_refused: { retryable: true, meaning: 'who controls the emulator does not give it away' },
  too_many: {
    retryable: true,
    meaning: 'your token has as many of them as it may have; the message says of what',
  },
  journal_unavailable: {
    retryable: true,
    meaning: 'nothing can be put on record now, for example because the disk is full',
  },
  internal: { retryable: true, meaning: 'a fault of the gateway itself' },
} as const satisfies Readonly<Record<string, { retryable: boolean; meaning: string }>>;

export type RequestCode = keyof typeof REQUEST_ERRORS;

/** Why an accepted entry was not executed: `detail.code` of its outcome. */
export const ENTRY_CODES = {
  invalid_entry: {
    status: 'rejected',
    meaning: 'a field of the entry is wrong; the message says which and what is allowed',
  },
  group_rejected: {
    status: 'rejected',
    meaning: 'another member of its group is wrong, so nothing of the group ran',
  },
  unsupported: {
    status: 'rejected',
    meaning: 'the emulator cannot do that; the message names the capability',
  },
  cancelled: { status: 'rejected', meaning: 'the client cancelled it while it was queued' },
  after_failure: { status: 'rejected', meaning: 'an earlier entry failed and the session stops on failure' },
  duplicate: {
    status: 'rejected',
    meaning: 'the session asked for at most one such press in so many frames; the message names the rule',
  },
  guard: {
    status: 'rejected',
    meaning:
      'a guard of its group kept it from running; the detail says which, on which frame and what it read',
  },
  discarded: {
    status: 'rejected',
    meaning: 'the session ended with `bye {discard: true}` while it was queued',
  },
  control_lost: { status: 'rejected', meaning: 'another session took over the emulator while it was queued' },
  unknown_checkpoint: { status: 'failed', meaning: 'there is no checkpoint of that name for this ROM' },
  checkpoints_full: { status: 'failed', meaning: 'the gateway keeps no more checkpoints' },
  emulator_unavailable: {
    status: 'failed',
    meaning: 'the emulator could not be reached; the entry certainly did not run',
  },
  entry_fatal: {
    status: 'failed',
    meaning: 'the game dies of it, again and again; it was rebuilt as it was before, without it',
  },
  emulator_crashed: {
    status: 'unknown',
    meaning: 'the emulator died with the entry in flight; it may have run',
  },
} as const satisfies Readonly<Record<string, { status: 'rejected' | 'failed' | 'unknown'; meaning: string }>>;

export type EntryCode = keyof typeof ENTRY_CODES;

/** The base of every error that Joywire throws: a message for people, a `code` for programs. */
export class JoywireError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'JoywireError';
    this.code = code;
  }
}

/** Ends a `switch` over a union that has been handled whole. */
export function assertNever(value: never): never {
  throw new JoywireError('bug', `unhandled case: ${JSON.stringify(value)}`);
}
