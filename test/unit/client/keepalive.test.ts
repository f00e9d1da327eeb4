import { describe, expect, it } from 'vitest';
import { Keepalive } from '../../../client/keepalive.ts';
import { ClientClock } from '../../support/client-clock.ts';

function start(intervalMs: number) {
  const clock = new ClientClock();
  const log: string[] = [];
  const keepalive = new Keepalive(clock, intervalMs, {
    ping: (n) => log.push(`ping ${n}`),
    lost: (silentMs) => log.push(`lost after ${silentMs}`),
  });
  return { clock, log, keepalive };
}

describe('keepalive', () => {
  it('pings again and again as long as anything comes back', () => {
    const { clock, log, keepalive } = start(1000);
    for (let i = 0; i < 3; i += 1) {
      clock.advance(1000);
      keepalive.heard();
    }
    expect(log).toEqual(['ping 1', 'ping 2', 'ping 3']);
  });

  it('gives the line up once when nothing comes back within an interval', () => {
    const { clock, log } = start(1000);
    clock.advance(1999);
    expect(log).toEqual(['ping 1']);
    clock.advance(10_000);
    expect(log).toEqual(['ping 1', 'lost after 1000']);
    expect(clock.timers).toBe(0);
  });

  it('after a sleep checks the line at once, with a short deadline', () => {
    const { clock, log } = start(30_000);
    clock.advance(30_000);
    clock.sleep(3_600_000);
    clock.advance(30_000);
    expect(log).toEqual(['ping 1', 'ping 2']);
    clock.advance(2000);
    expect(log).toEqual(['ping 1', 'ping 2', 'lost after 2000']);
  });

  it('goes on as before when the line has survived the sleep', () => {
    const { clock, log, keepalive } = start(30_000);
    clock.sleep(3_600_000);
    clock.advance(30_000);
    keepalive.heard();
    clock.advance(2000);
    keepalive.heard();
    clock.advance(30_000);
    expect(log).toEqual(['ping 1', 'ping 2', 'ping 3']);
  });

  it('does nothing any more once stopped', () => {
    const { clock, log, keepalive } = start(1000);
    keepalive.stop();
    clock.advance(10_000);
    expect(log).toEqual([]);
    expect(clock.timers).toBe(0);
  });
});
