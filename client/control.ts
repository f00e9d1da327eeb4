/** Who controls the emulator, as its session on this side knows it. */
import { JoywireError } from '../shared/errors.ts';
import type { Params, Welcome } from '../shared/protocol.ts';
import { clientError } from './errors.ts';

/** Another session of the gateway. */
export interface OtherSession {
  readonly session: string;
  readonly label: string | null;
  /** Name of the token it began with; `local` where none is wanted. */
  readonly owner: string;
}

/** Whether this session controls its emulator from now on. */
export type ControlChange =
  | { readonly controls: true }
  /** `by` has taken over: entries are `rejected: control_lost` until control comes back. */
  | { readonly controls: false; readonly by: OtherSession };

/** Another session wants the emulator. To be answered with `grantControl(request, …)`. */
export interface ControlRequest extends OtherSession {
  readonly request: number;
}

/** Whether the other session may have it. What it throws goes to the listeners of `error`, and nothing is granted. */
export type OnControlRequested = (by: OtherSession) => boolean | Promise<boolean>;

export interface ControlListener {
  changed(change: ControlChange): void;
  requested(request: ControlRequest): void;
}

export class Control {
  readonly #listener: ControlListener;
  #by: OtherSession | undefined;

  constructor({ controller }: Pick<Welcome, 'controller'>, listener: ControlListener) {
    this.#by = controller;
    this.#listener = listener;
  }

  get controls(): boolean {
    return this.#by === undefined;
  }

  /** An event that came while the line broke may have been lost: every welcome says how things are. */
  welcomed({ controller }: Pick<Welcome, 'controller'>): void {
    this.#set(controller);
  }

  event(name: string, data: Params): void {
    if (name === 'control_lost') this.#set(otherOf(data));
    if (name === 'control_granted') this.#set(undefined);
    if (name !== 'control_requested' || typeof data['request'] !== 'number') return;
    this.#listener.requested({ request: data['request'], ...otherOf(data) });
  }

  #set(by: OtherSession | undefined): void {
    if (this.#by?.session === by?.session) return;
    this.#by = by;
    this.#listener.changed(by === undefined ? { controls: true } : { controls: false, by });
  }
}

/** Asks `decide` and gives the answer to `grant`. Never rejects. */
export async function answerRequest(
  { request, ...by }: ControlRequest,
  decide: OnControlRequested,
  grant: (request: number, granted: boolean) => Promise<void>,
  failed: (error: JoywireError) => void,
): Promise<void> {
  let granted = false;
  try {
    granted = await decide(by);
  } catch (error) {
    failed(clientError('invalid_argument', 'onControlRequested failed; nothing is granted', error));
  }
  try {
    await grant(request, granted);
  } catch (error) {
    failed(error instanceof JoywireError ? error : new JoywireError('bug', String(error), { cause: error }));
  }
}

function otherOf(data: Params): OtherSession {
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : undefined);
  return { session: text('by') ?? '', label: text('label') ?? null, owner: text('owner') ?? '' };
}
