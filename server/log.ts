/** The log: one line a message on stderr, so that stdout stays for what a program may read. */

/** From quiet to talkative; a level shows itself and everything before it. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  error(message: string): void;
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

/** A log that writes `2026-01-31T12:00:00.000Z info message` lines, each ended by a newline. */
export function createLog(level: LogLevel, write: (line: string) => void, wallClock = () => new Date()): Log {
  const shown = LOG_LEVELS.indexOf(level);
  const at = (own: LogLevel) => {
    if (LOG_LEVELS.indexOf(own) > shown) return () => undefined;
    // A line break in a message (from a client, say) must not pass for a line of ours.
    return (message: string) =>
      write(`${wallClock().toISOString()} ${own} ${message.replaceAll(/[\r\n]+/g, ' ')}\n`);
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** A log that says nothing. */
export const silentLog: Log = createLog('silent', () => undefined);
