import { describe, expect, it } from 'vitest';
import { createLog, errorFields, LOG_LEVELS, type LogOptions, silentLog } from '../../../server/log.ts';

function rig(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  const wallClock = () => Date.UTC(2026, 0, 31, 12);
  return { lines, log: createLog({ level: 'info', format: 'json', write, wallClock, ...options }) };
}

it.each(LOG_LEVELS.map((level, shown) => [level, shown] as const))(
  'level %s shows %i of the four',
  (level, shown) => {
    const { log, lines } = rig({ level, format: 'text' });
    log.error('e');
    log.warn('w');
    log.info('i');
    log.debug('d');
    const all = ['error e', 'warn w', 'info i', 'debug d'].map(
      (text) => `2026-01-31T12:00:00.000Z ${text}\n`,
    );
    expect(lines).toEqual(all.slice(0, shown));
  },
);

describe('a line', () => {
  it('is one JSON object with what it is about', () => {
    const { log, lines } = rig();
    log.info('session opened', { connection: 3, session: 's', emulator: 'noop-1' });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        level: 'info',
        time: '2026-01-31T12:00:00.000Z',
        connection: 3,
        session: 's',
        emulator: 'noop-1',
        msg: 'session opened',
      },
    ]);
  });

  it('cannot be made to pass for two, whatever a client calls itself', () => {
    const label = 'x\r\n2026 error forged \u001b[2J';
    const json = rig();
    json.log.info('session opened', { label });
    expect(json.lines.join('').split('\n')).toHaveLength(2);
    const text = rig({ format: 'text' });
    text.log.info('line\nbreak', { label });
    expect(text.lines).toEqual([
      '2026-01-31T12:00:00.000Z info line break label="x\\r\\n2026 error forged \\u001b[2J"\n',
    ]);
  });

  it('never has a token or a secret', () => {
    const { log, lines } = rig({ secrets: ['tops3cret'] });
    log.error('the token tops3cret is wrong', {
      token: 'other',
      secret: 'aZ09',
      authorization: 'Bearer x',
      why: 'tops3cret',
    });
    expect(lines.join('')).not.toMatch(/tops3cret|other|aZ09|Bearer/);
    expect(lines.join('')).toContain('[redacted]');
  });

  it('tells where an error was thrown', () => {
    const { log, lines } = rig();
    log.error('a fault of the gateway', errorFields(new Error('odd')));
    expect(lines.join('')).toMatch(/"error":"Error: odd\\n +at /);
  });
});

it('the silent log says nothing', () => {
  expect(() => silentLog.error('x')).not.toThrow();
});
