import { expect, it } from 'vitest';
import { createLog, LOG_LEVELS, type LogLevel, silentLog } from '../../../server/log.ts';

const noon = () => new Date(Date.UTC(2026, 0, 31, 12));

function linesAt(level: LogLevel): string[] {
  const lines: string[] = [];
  const log = createLog(level, (line) => lines.push(line), noon);
  log.error('e');
  log.warn('w');
  log.info('i');
  log.debug('d');
  return lines;
}

it.each(LOG_LEVELS.map((level, shown) => [level, shown] as const))(
  'level %s shows %i of the four',
  (level, shown) => {
    const all = ['error e', 'warn w', 'info i', 'debug d'].map(
      (text) => `2026-01-31T12:00:00.000Z ${text}\n`,
    );
    expect(linesAt(level)).toEqual(all.slice(0, shown));
  },
);

it('a message cannot pass for two', () => {
  const lines: string[] = [];
  createLog('info', (line) => lines.push(line), noon).info('label "x\r\n2026 error forged"');
  expect(lines).toEqual(['2026-01-31T12:00:00.000Z info label "x 2026 error forged"\n']);
});

it('the silent log says nothing', () => {
  expect(() => silentLog.error('x')).not.toThrow();
});
