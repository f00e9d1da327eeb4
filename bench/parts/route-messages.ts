/** The route that examples/agent.ts walks, again and again: the same presses in every form in which they can be sent, and their acks. */
import { BUTTONS } from '../../shared/buttons.ts';
import { encodeClientMessage, encodeServerMessage, type FrameData } from '../../shared/codec.ts';
import type {
  BatchInfo,
  ClientMessage,
  Encoding,
  Outcome,
  Press,
  ServerMessage,
} from '../../shared/protocol.ts';

const ROUTE = ['RIGHT', 'RIGHT', 'RIGHT', 'DOWN', 'DOWN', 'LEFT', 'UP'] as const;
/** As somebody would write it. */
const ROUTE_SCRIPT = 'RIGHT*3 DOWN*2 LEFT UP';
/** Of a session that has run for a while: seqs, frames and batch ids of three to five digits. */
const FIRST_SEQ = 1000;
const FIRST_FRAME = 20_000;
const FRAMES = 16;

const presses = (count: number): Press[] =>
  Array.from({ length: count }, (_, at) => ({
    buttons: BUTTONS[ROUTE[at % ROUTE.length] ?? 'UP'],
    hold: undefined,
    gap: undefined,
    options: undefined,
  }));

function group(members: Extract<ClientMessage, { type: 'inputs' }>['presses']): ClientMessage {
  return { type: 'inputs', firstSeq: FIRST_SEQ, presses: members, options: undefined };
}

/** So many presses of the route, as messages. */
const FORMS = {
  single: (count) => presses(count).map((press, at) => ({ type: 'input', seq: FIRST_SEQ + at, press })),
  group: (count) => [group(presses(count))],
  /** The definition counts: it is sent once. */
  macro: (count) => {
    const times = Math.floor(count / ROUTE.length);
    const rest = presses(count % ROUTE.length);
    return [
      { type: 'define', name: 'route', presses: presses(ROUTE.length) },
      group([{ use: 'route', times }, ...rest]),
    ];
  },
  /** Every press by its name. */
  script_names: (count) => [script(named(count))],
  /** With repeats. */
  script_repeats: (count) => {
    const times = Math.floor(count / ROUTE.length);
    const rest = count % ROUTE.length;
    return [script(`((${ROUTE_SCRIPT})*${times}${rest > 0 ? ` ${named(rest)}` : ''})`)];
  },
} as const satisfies Record<string, (count: number) => readonly ClientMessage[]>;

export type Form = keyof typeof FORMS;

export const FORM_LABELS: Readonly<Record<Form, string>> = {
  single: 'singles',
  group: 'a group',
  macro: 'a macro, its definition included',
  script_names: 'a script that names each press',
  script_repeats: 'a script with repeats',
};

function named(count: number): string {
  return Array.from({ length: count }, (_, at) => ROUTE[at % ROUTE.length] ?? '').join(' ');
}

function script(text: string): ClientMessage {
  return { type: 'script', firstSeq: FIRST_SEQ, text };
}

/** The frames of so many presses in a form. */
export function inputFrames(form: Form, count: number, encoding: Encoding): FrameData[] {
  return FORMS[form](count).map((message) => encodeClientMessage(message, encoding));
}

/** The acks of so many presses: one for each, or one for all. */
export function ackFrames(count: number, together: boolean, encoding: Encoding): FrameData[] {
  const size = together ? count : 1;
  return Array.from({ length: count / size }, (_, index) =>
    encodeServerMessage(ack(index * size, size), encoding),
  );
}

/** The ack of the presses from `from` on. @param observed bytes of memory seen with each */
export function ack(from: number, size: number, observed = 0): ServerMessage {
  const outcomes = Array.from({ length: size }, (_, at): Outcome => {
    const memory = Uint8Array.from({ length: observed }, (__, n) => (at >> n) & 31);
    return {
      status: 'executed',
      firstFrame: FIRST_FRAME + (from + at) * FRAMES,
      frames: FRAMES,
      certainty: 'exact',
      detail: observed > 0 ? { observed: { memory: [memory] } } : undefined,
    };
  });
  const batch: BatchInfo = {
    id: 300 + from,
    size,
    reason: size === 1 ? 'idle' : 'group',
    queuedUs: 90 + ((from * 37) % 60),
    driverUs: 200 + ((from * 61) % 300),
  };
  return { type: 'ack', firstSeq: FIRST_SEQ + from, outcomes, batch };
}
