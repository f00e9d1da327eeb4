import { describe, expect, it } from 'vitest';
import type { Encoding } from '../../../shared/protocol.ts';
import { validateClientMessage } from '../../../shared/validate.ts';

const fault = (value: unknown, encoding: Encoding = 'msgpack') => {
  const result = validateClientMessage(value, encoding);
  return result.ok ? undefined : result.fault;
};

describe('faults of an entry: accepted if it is its turn, and then rejected', () => {
  it.each([
    ['a mask beyond the known buttons', [2, 5, 1024], 'buttons: got 1024; allowed: a mask from 0 to 1023'],
    ['a name where msgpack wants a mask', [2, 5, 'A'], 'buttons: got "A"; allowed: a mask from 0 to 1023'],
    ['a negative hold', [2, 5, 1, -1], 'hold: got -1; allowed: an integer from 0 to 36000'],
    ['a fraction of a frame', [2, 5, 1, 1.5], 'hold: got 1.5; allowed: an integer from 0 to 36000'],
    ['a gap of text', [2, 5, 1, 1, 'x'], 'gap: got "x"; allowed: an integer from 0 to 36000'],
    ['options that are no map', [2, 5, 1, 1, 1, 7], 'options: got 7; allowed: a map'],
    [
      'an unknown picture format',
      [2, 5, 1, 1, 1, { observe: { screen: 'gif' } }],
      'observe.screen: got "gif"; allowed: png, raw',
    ],
    [
      'a read beyond the address space',
      [2, 5, 1, 1, 1, { observe: { memory: [[0xffff, 2]] } }],
      'memory length: got 2; allowed: an integer from 1 to 1',
    ],
    ['an unknown command', [5, 5, 'explode'], 'method: got "explode"; allowed: load, save, reset, pace'],
    [
      'a path for a checkpoint',
      [5, 5, 'load', { name: '../x' }],
      'name: got "../x"; allowed: 1 to 64 letters, digits, dots, underscores or dashes',
    ],
    [
      'a speed beyond the limit',
      [5, 5, 'pace', { pace: 'realtime', speed: 99 }],
      'speed: got 99; allowed: a number from 0.05 to 16',
    ],
    ['keys without buttons', [4, 5], 'buttons: got nothing; allowed: a mask from 0 to 1023'],
  ])('%s', (_, value, message) => {
    expect(fault(value)).toEqual({ kind: 'entry', seq: 5, count: 1, index: 0, message });
  });

  it('a group names its faulty member and counts them all', () => {
    const value = [3, 7, [[1], [2, 3], [4096], [1]]];
    expect(fault(value)).toMatchObject({ kind: 'entry', seq: 7, count: 4, index: 2 });
  });
});

describe('faults of a request: nothing of the message is taken', () => {
  it.each([
    ['a seq of zero', [2, 0, 1]],
    ['a seq of text', [2, '1', 1]],
    ['an empty group', [3, 1, []]],
    ['a group without members', [3, 1]],
    ['a group beyond the largest seq', [3, Number.MAX_SAFE_INTEGER, [[1], [1]]]],
    ['an unknown type', [99]],
    ['a type by name in msgpack', ['input', 1, 1]],
    ['no type at all', []],
    ['a ping without a number', [12]],
    ['a hello that is a list', [1, [1]]],
    ['a hello with an unknown role', [1, { role: 'king' }]],
  ])('%s', (_, value) => {
    expect(fault(value)).toMatchObject({ kind: 'request' });
  });

  it.each([
    ['none', []],
    ['a map', { use: 'walk' }],
    ['too many', Array.from({ length: 65_537 }, () => [1])],
  ])('a macro of %s names the limit that the gateway has told', (_, members) => {
    expect(fault([14, 'walk', members])).toMatchObject({
      kind: 'request',
      code: 'invalid_message',
      message: expect.stringContaining(
        'allowed: an array of members that stand for 1 to limits.maxGroup presses',
      ),
    });
  });

  it('a call that can be named is answered under its id', () => {
    expect(fault([11, 9, 7])).toMatchObject({ kind: 'request', callId: 9 });
    expect(fault([9, 4, 'stats', 'fast'])).toMatchObject({ kind: 'request', subscription: 4 });
  });
});

describe('JSON', () => {
  it('takes names for types and buttons', () => {
    expect(validateClientMessage(['input', 1, 'A+Up', 2], 'json')).toEqual({
      ok: true,
      message: { type: 'input', seq: 1, press: { buttons: 65, hold: 2, gap: undefined, options: undefined } },
    });
    expect(fault(['input', 1, 'A+UPP'], 'json')).toMatchObject({ kind: 'entry', seq: 1 });
    expect(fault([2, 1, 1], 'json')).toMatchObject({ kind: 'request', code: 'unknown_message' });
  });

  it('inherited names are not fields', () => {
    const hello = JSON.parse('{"__proto__": {"token": "x"}, "constructor": 1}');
    expect(validateClientMessage(['hello', hello], 'json')).toEqual({
      ok: true,
      message: { type: 'hello', hello: {} },
    });
  });
});
