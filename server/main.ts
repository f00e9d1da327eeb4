#!/usr/bin/env node
/** The process: arguments, environment, signals and exit code. Everything else is handed in. */
import type { CommandIo, StopSignal } from './commands/command.ts';
import { dispatch } from './commands/dispatch.ts';
import { watchParent } from './commands/parent.ts';

/** How long whatever is still open may keep a process alive that is done, in ms. */
const LINGER_MS = 1000;

/** How often to look whether npm is still there, in ms. */
const PARENT_CHECK_MS = 200;

const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

const io: CommandIo = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  onSignal(listener) {
    for (const signal of STOP_SIGNALS) process.on(signal, listener);
    const parentage = { env: process.env, parentId: () => process.ppid, every };
    const endWatch = watchParent(parentage, () => listener('SIGTERM'));
    return () => {
      endWatch();
      for (const signal of STOP_SIGNALS) process.off(signal, listener);
    };
  },
};

function every(run: () => void): () => void {
  const timer = setInterval(run, PARENT_CHECK_MS).unref();
  return () => clearInterval(timer);
}

// `joywire send … | head -1`: whoever read our output has left, which is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
// A closed log must not take the games down, and there is nowhere left to say so.
process.stderr.on('error', () => undefined);

// Unhandled rejections come here, too.
process.on('uncaughtException', (error: unknown) => {
  process.stderr.write(
    `joywire: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});

// The clock's timers do not keep a process alive, but a command that waits for one is not done.
const awake = setInterval(() => undefined, 2 ** 30);
const code = await dispatch(process.argv.slice(2), io);
clearInterval(awake);
// 130 and 143 mean at once; otherwise the process ends by itself, so that what was written gets out.
if (code > 128) process.exit(code);
process.exitCode = code;
setTimeout(() => process.exit(code), LINGER_MS).unref();
