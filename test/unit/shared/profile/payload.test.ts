import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Check } from '../../../../shared/check.ts';
import { decodeServerMessage, encodeServerMessage } from '../../../../shared/codec.ts';
import { decodeProfile } from '../../../../shared/profile/decode.ts';
import { encodeProfile } from '../../../../shared/profile/encode.ts';
import { type ProfiledInput, STAGES } from '../../../../shared/profile/input.ts';
import { type Encoding } from '../../../../shared/protocol.ts';
import { arbitraryInputs, rowsOf } from '../../../support/profiled-inputs.ts';

const HEAD = { session: 's', dropped: 0, stages: STAGES, atUs: 1, originMs: 1.5, ended: false };

function payloadOf(inputs: readonly ProfiledInput[], change: Partial<typeof HEAD> = {}) {
  const head = { ...HEAD, from: 1, through: inputs.length, ...change };
  return encodeProfile(head, rowsOf(inputs));
}

/** As it comes out at the other end of the wire. */
function sent(payload: unknown, encoding: Encoding): unknown {
  const bytes = encodeServerMessage({ type: 'push', id: 1, n: 1, payload }, encoding);
  const decoded = decodeServerMessage(bytes, encoding);
  return decoded.ok && decoded.message.type === 'push' ? decoded.message.payload : undefined;
}

function read(payload: unknown) {
  const check = new Check();
  const { inputs } = decodeProfile(check, payload);
  return { problem: check.problem, inputs };
}

describe.each(['msgpack', 'json'] as const)('a profile in %s', (encoding) => {
  it('comes out as it went in, whatever the inputs were and whichever stages they lack', () => {
    fc.assert(
      fc.property(arbitraryInputs(), (inputs) => {
        const result = read(sent(payloadOf(inputs), encoding));
        expect(result).toEqual({ problem: undefined, inputs });
      }),
    );
  });
});

const press = (seq: number, batch: number, us: number): ProfiledInput => ({
  seq,
  kind: 'press',
  status: 'executed',
  buttons: 1,
  hold: 8,
  gap: 8,
  firstFrame: (seq - 1) * 16,
  frames: 16,
  batch: { id: batch, size: 2, reason: 'group' },
  at: Object.fromEntries(STAGES.map((stage, index) => [stage, us + index * 20])),
});

describe('the payload', () => {
  const inputs = [press(1, 7, 1_000_000), press(2, 7, 1_000_005), press(3, 8, 1_000_300)];

  it('names each batch once, and counts frames and times on from the input before', () => {
    expect(payloadOf(inputs)).toMatchObject({
      batches: [7, 2, 3, 8, 2, 3],
      inputs: [
        [0, 1, 8, 8, 0, 16, 0, 1_000_000, 20, 20, 20, 20, 20, 20, 20, 20],
        [0, 1, 8, 8, 0, 16, 0, 5, 20, 20, 20, 20, 20, 20, 20, 20],
        [0, 1, 8, 8, 0, 16, 1, 295, 20, 20, 20, 20, 20, 20, 20, 20],
      ].flat(),
    });
  });

  it('takes at most 24 bytes an input', () => {
    const many = Array.from({ length: 1000 }, (_, index) => press(index + 1, 1, 1_000_000 + index));
    const bytes = encodeServerMessage({ type: 'push', id: 1, n: 1, payload: payloadOf(many) }, 'msgpack');
    expect(bytes.length / many.length).toBeLessThan(24);
  });

  it('leaves the columns of other stages out', () => {
    const stages = ['received', 'acked'] as const;
    const payload = encodeProfile({ ...HEAD, from: 1, through: 3, stages }, rowsOf(inputs));
    expect(payload.inputs).toHaveLength(3 * 9);
    const [first] = read(payload).inputs;
    expect(first?.at).toEqual({ received: 1_000_000, acked: 1_000_160 });
  });

  it('begins behind what was dropped', () => {
    const head = { ...HEAD, from: 1, through: 13, dropped: 10 };
    expect(read(encodeProfile(head, rowsOf(inputs))).inputs.map(({ seq }) => seq)).toEqual([11, 12, 13]);
  });

  it('may have columns that this reader does not know: they are passed over, and times stay right', () => {
    const payload = payloadOf(inputs.slice(0, 1));
    const stages = payload.stages.map((stage) => (stage === 'flushed' ? 'sorted' : stage));
    const [input] = read({ ...payload, stages }).inputs;
    expect(input?.at.flushed).toBeUndefined();
    expect(input?.at.acked).toBe(1_000_160);
  });
});

describe('what is no profile is said, not thrown', () => {
  const good = payloadOf([press(1, 1, 1000)]);
  it.each([
    ['nothing', undefined, 'payload: got nothing; allowed: a map'],
    ['no session', { ...good, session: 7 }, 'session: got 7'],
    ['half an input', { ...good, inputs: good.inputs.slice(1) }, '16 numbers an input'],
    ['fewer inputs than seqs', { ...good, through: 2 }, '2 inputs'],
    ['a word beyond the list', { ...good, inputs: [99, ...good.inputs.slice(1)] }, 'got 99'],
    ['a batch that is not there', { ...good, batches: [] }, 'or nil'],
    ['text for a number', { ...good, inputs: good.inputs.map(String) }, 'inputs: got "0"'],
  ])('%s', (_, payload, problem) => {
    expect(read(payload).problem).toContain(problem);
  });
});
