import { afterEach, expect, it, vi } from 'vitest';
import { startGateway } from '../support/gateway.ts';

const EXAMPLE = new URL('../../examples/beam-search.ts', import.meta.url);
const { argv } = process;
afterEach(() => {
  process.argv = argv;
  vi.restoreAllMocks();
});

it('the example finds a way through walls with rollouts, and the live game walks it', async () => {
  await using gateway = await startGateway({ rolloutWorkers: 2 });
  const said: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  process.argv = ['node', EXAMPLE.pathname, gateway.url, '--goal', '33,19', '--width', '6'];
  await import(EXAMPLE.href);
  expect(said[0]).toBe('from 30,19 to 33,19, the best 6 places of every step');
  expect(said.at(-2)).toBe('7 steps: RIGHT UP*2 RIGHT*2 DOWN*2');
  expect(said.at(-1)).toMatch(/^the live game walked it in 7 presses: at 33,19 on frame \d+$/);
  expect(gateway.errors).toEqual([]);
}, 180_000);
