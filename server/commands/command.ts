/** What a subcommand is, and what it gets of the process it runs in. */

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** The process as a command sees it; tests hand in their own. */
export interface CommandIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Calls back for every SIGINT and SIGTERM; the returned function ends that. */
  readonly onSignal: (listener: (signal: StopSignal) => void) => () => void;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface Command {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** The whole help, ended by a newline. */
  readonly help: string;
  /** Resolves with the exit code. */
  readonly run: (args: readonly string[], io: CommandIo) => Promise<number>;
}

/** Exit codes: as a shell and its users expect them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, SIGINT: 130, SIGTERM: 143 } as const;

/** Writes `joywire: …` lines on stderr. */
export function complain(io: Pick<CommandIo, 'stderr'>, messages: readonly string[]): void {
  for (const message of messages) io.stderr.write(`joywire: ${message}\n`);
}

/** An error for a person: its message, and what was behind it. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const behind = cause instanceof Error && !error.message.includes(cause.message) ? `: ${cause.message}` : '';
  return `${error.message}${behind}`;
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
