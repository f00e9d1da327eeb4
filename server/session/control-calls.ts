/** The calls about who controls an emulator: answering who asks for it, giving it back, taking it again. */
import { Check, field } from '../../shared/check.ts';
import { LIMITS, type Params } from '../../shared/protocol.ts';
import { type CallResult, refused } from './call-result.ts';
import type { Session } from './session.ts';
import type { Takeover } from './takeover.ts';

export interface ControlCallDeps {
  readonly takeover: Pick<Takeover, 'answer' | 'giveBack' | 'retake'>;
}

type Method = (params: Params, session: Session, deps: ControlCallDeps) => CallResult | Promise<CallResult>;

export const CONTROL_METHODS = {
  grant_control: (params: Params, session: Session, { takeover }: ControlCallDeps) => {
    const check = new Check();
    const request = check.integer(field(params, 'request'), 'request', 1, LIMITS.maxInteger);
    const grant = check.boolean(field(params, 'grant'), 'grant');
    if (check.problem !== undefined) return refused('invalid_params', check.problem);
    return takeover.answer(session.id, request, grant)
      ? { ok: true, value: { request } }
      : refused('invalid_params', `request: nobody asks you for control with number ${request}`);
  },
  give_back: async (_params: Params, session: Session, { takeover }: ControlCallDeps) => {
    switch (await takeover.giveBack(session)) {
      case 'given':
        return handed(session);
      case 'not_controller':
        return refused('not_controller', 'another session controls the emulator');
      case 'alone':
        return refused('unsupported', 'nobody else plays on this emulator: bye releases it');
    }
  },
  take_control: async (_params: Params, session: Session, { takeover }: ControlCallDeps) => {
    const why = session.standing.controls ? undefined : await takeover.retake(session);
    return why === undefined ? handed(session) : refused('control_refused', why);
  },
} as const satisfies Readonly<Record<string, Method>>;

function handed({ emulator }: Session): CallResult {
  return { ok: true, value: { emulator: emulator.id, frame: emulator.frame } };
}
