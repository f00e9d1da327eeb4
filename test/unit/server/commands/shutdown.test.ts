import { expect, it } from 'vitest';
import type { StopSignal } from '../../../../server/commands/command.ts';
import { SAME_PRESS_MS, stopOnSignals } from '../../../../server/commands/shutdown.ts';

function signals() {
  const listeners = new Set<(signal: StopSignal) => void>();
  const calls: string[] = [];
  const time = { ms: 0 };
  const end = stopOnSignals(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => time.ms,
    { stop: (signal) => calls.push(`stop ${signal}`), stopNow: (signal) => calls.push(`now ${signal}`) },
  );
  const send = (signal: StopSignal, atMs: number) => {
    time.ms = atMs;
    for (const listener of listeners) listener(signal);
  };
  return { send, calls, end, listeners };
}

it('the first signal stops, the second stops at once, a third changes nothing', () => {
  const { send, calls, listeners } = signals();
  send('SIGTERM', 0);
  expect(calls).toEqual(['stop SIGTERM']);
  send('SIGINT', 5000);
  send('SIGINT', 9000);
  expect(calls).toEqual(['stop SIGTERM', 'now SIGINT']);
  expect(listeners.size).toBe(0);
});

it('one Ctrl-C that arrives twice, from the terminal and from npm, is one', () => {
  const { send, calls } = signals();
  send('SIGINT', 100);
  send('SIGINT', 100 + SAME_PRESS_MS - 1);
  expect(calls).toEqual(['stop SIGINT']);
  send('SIGINT', 100 + SAME_PRESS_MS);
  expect(calls).toEqual(['stop SIGINT', 'now SIGINT']);
});

it('nothing is heard after the end', () => {
  const { send, calls, end } = signals();
  end();
  send('SIGINT', 0);
  expect(calls).toEqual([]);
});
