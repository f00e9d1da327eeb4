import { expect, it } from 'vitest';
import { SessionStates } from '../../../../server/emulator/session-states.ts';

const state = (byte: number) => ({ bytes: Uint8Array.of(byte), frame: 0 });

it('a kept state has the same name in every life of the gateway, and no other state gets it meanwhile', () => {
  const [before, after] = [new SessionStates(100), new SessionStates(100)];
  expect(before.life).not.toBe(after.life);
  const name = before.keep('session', 'rom', 'rollout 0', state(1)) ?? '';
  expect(after.keep('session', 'rom', 'rollout 0', state(1))).toBe(name);
  const others = [
    after.keep('session', 'rom', 'rollout 0', state(2)) ?? '',
    after.keep('session', 'rom', 'rollout 1', state(3)) ?? '',
    after.keep('other', 'rom', 'rollout 0', state(4)) ?? '',
  ];
  expect(new Set([name, ...others]).size).toBe(4);
  expect([name, ...others].map((each) => after.get('rom', each)?.bytes[0])).toEqual([1, 2, 3, 4]);
});
