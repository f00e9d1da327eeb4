/**
 * The log, on stderr, so that stdout stays for what a program may read: JSON lines for programs, or a line of text each for a
 * person at a terminal. Ids tie what belongs together; there is no line per input.
 */
import { pino } from 'pino';

/** From quiet to talkative; a level shows itself and everything before it. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/** `auto` is text on a terminal and JSON elsewhere. */
export const LOG_FORMATS = ['auto', 'json', 'text'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What a line is about. */
export interface LogFields {
  /** Number of the WebSocket, from 1 on. */
  readonly connection?: number | undefined;
  readonly session?: string | undefined;
  readonly emulator?: string | undefined;
  readonly [name: string]: string | number | boolean | undefined;
}

export type LogLine = (message: string, fields?: LogFields) => void;

export interface Log {
  readonly error: LogLine;
  readonly warn: LogLine;
  readonly info: LogLine;
  readonly debug: LogLine;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: Exclude<LogFormat, 'auto'>;
  /** Gets lines, each ended by a newline. */
  readonly write: (line: string) => unknown;
  /** Texts that must never be shown, wherever they turn up: tokens. */
  readonly secrets?: readonly string[];
  /** ms since 1970. @default the system's */
  readonly wallClock?: () => number;
}

/** Names of fields whose values are never shown. */
const SECRET_FIELDS = ['token', 'secret', 'authorization', 'password'];
const REDACTED = '[redacted]';

export function createLog(options: LogOptions): Log {
  const { level, format, write, secrets = [], wallClock = Date.now } = options;
  const show = (line: string) => write(hide(format === 'text' ? textLine(line) : line, secrets));
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(wallClock()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS, censor: REDACTED },
    },
    { write: show },
  );
  return {
    error: (message, fields = {}) => logger.error(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    debug: (message, fields = {}) => logger.debug(fields, message),
  };
}

/** A log that says nothing. */
export const silentLog: Log = createLog({ level: 'silent', format: 'json', write: () => undefined });

/** An error as a field: what it says, and where it was thrown. */
export function errorFields(error: unknown): LogFields {
  return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** `2026-01-31T12:00:00.000Z info session opened session=… emulator=…` for a line of JSON. */
function textLine(json: string): string {
  // It is what pino has just made.
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${fieldText(value)}`);
  // What a client calls itself must not pass for a line of ours, nor speak to the terminal.
  return `${[time, level, msg, ...pairs].join(' ').replaceAll(/\p{Cc}+/gu, ' ')}\n`;
}

function fieldText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

function hide(line: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, REDACTED), line);
}
