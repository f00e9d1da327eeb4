import { describe, expect, it } from 'vitest';
import { Gate, type ReadByte } from '../../../../../../server/emulator/drivers/embedded/gate.ts';
import { type Guard, ranged } from '../../../../../../shared/guards.ts';

/** A gate before the members of one group, over bytes that the test changes. */
function rig(members: number, guards: readonly Guard[]) {
  const bytes = new Map<number, number>();
  const looks: number[] = [];
  const read: ReadByte = (address) => {
    looks.push(address);
    return bytes.get(address);
  };
  const of = ranged(guards, members);
  const gate = new Gate(Array.from({ length: members }, (_, member) => ({ of, member })));
  return { bytes, looks, ask: (index: number, frame: number) => gate.ask(index, frame, read) };
}

const stop = (address: number, more: Partial<Guard> = {}): Guard => ({
  address,
  op: '==',
  value: 1,
  ...more,
});

describe('a gate', () => {
  it('lets begin what nothing guards', () => {
    const gate = new Gate([undefined]);
    expect(gate.ask(0, 7, () => 1)).toEqual({ kind: 'begin', waited: 0 });
  });

  it.each([
    ['stop', 1, 'stop'],
    ['stop', 0, 'begin'],
    ['go', 1, 'begin'],
    ['go', 0, 'stop'],
    ['wait', 1, 'begin'],
    ['wait', 0, 'wait'],
  ] as const)('with %s and a condition that is %i: %s', (then, byte, kind) => {
    const { bytes, ask } = rig(3, [stop(5, { then, ...(then === 'wait' && { frames: 9 }) })]);
    bytes.set(5, byte);
    expect(ask(0, 100).kind).toBe(kind);
  });

  it('stops all that is left of the range of the guard that decides, and says what it read', () => {
    const { bytes, ask } = rig(9, [stop(5), stop(6, { from: 2, count: 4, mask: 0x0f, value: 2 })]);
    bytes.set(5, 0).set(6, 0xf2);
    expect(ask(1, 99)).toEqual({ kind: 'begin', waited: 0 });
    expect(ask(3, 100)).toEqual({
      kind: 'stop',
      steps: 3,
      stop: { index: 1, frame: 100, value: 2 },
      waited: 0,
    });
    bytes.set(5, 1);
    expect(ask(6, 100)).toMatchObject({ kind: 'stop', steps: 3, stop: { index: 0 } });
  });

  it('counts the frames of a wait, and looks once on each boundary', () => {
    const { bytes, looks, ask } = rig(1, [stop(5, { then: 'wait', frames: 3 })]);
    bytes.set(5, 0);
    for (const frame of [10, 10, 11, 11, 12]) expect(ask(0, frame)).toEqual({ kind: 'wait' });
    expect(looks).toHaveLength(3);
    expect(ask(0, 13)).toEqual({
      kind: 'stop',
      steps: 1,
      stop: { index: 0, frame: 13, value: 0 },
      waited: 3,
    });
  });

  it('looks no more at a step that has begun', () => {
    const { bytes, looks, ask } = rig(1, [stop(5)]);
    bytes.set(5, 0);
    ask(0, 10);
    bytes.set(5, 1);
    expect(ask(0, 11)).toEqual({ kind: 'begin', waited: 0 });
    expect(looks).toHaveLength(1);
  });

  it('goes on after a wait in vain if it is to, and waits as long again before the next member', () => {
    const { bytes, ask } = rig(2, [stop(5, { then: 'wait', frames: 1, orGo: true })]);
    bytes.set(5, 0);
    expect([ask(0, 10).kind, ask(0, 11), ask(1, 20).kind, ask(1, 21)]).toEqual([
      'wait',
      { kind: 'begin', waited: 1 },
      'wait',
      { kind: 'begin', waited: 1 },
    ]);
  });

  it('asks all of them again after each frame: what stops ends the waiting of those behind it', () => {
    const { bytes, ask } = rig(4, [stop(5), stop(6, { then: 'wait', frames: 100, count: 1 })]);
    bytes.set(5, 0).set(6, 0);
    expect(ask(0, 10).kind).toBe('wait');
    bytes.set(5, 1);
    expect(ask(0, 11)).toMatchObject({ kind: 'stop', steps: 4, stop: { index: 0 }, waited: 1 });
  });

  it('gives each of two waits its own frames, and lets begin only where both hold', () => {
    const wait = { then: 'wait', frames: 2 } as const;
    const { bytes, ask } = rig(1, [stop(5, wait), stop(6, wait)]);
    bytes.set(5, 1).set(6, 0);
    expect(ask(0, 10).kind).toBe('wait');
    bytes.set(5, 0).set(6, 1);
    expect(ask(0, 11).kind).toBe('wait');
    bytes.set(6, 0).set(5, 1);
    expect(ask(0, 12).kind).toBe('wait');
    bytes.set(6, 1);
    expect(ask(0, 13)).toEqual({ kind: 'begin', waited: 3 });
  });

  it('stops where the byte cannot be read', () => {
    const { ask } = rig(2, [stop(5, { then: 'wait', frames: 9 })]);
    expect(ask(0, 10)).toEqual({ kind: 'stop', steps: 2, stop: { index: 0, frame: 10 }, waited: 0 });
  });
});
