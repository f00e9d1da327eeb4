/** The thread of one of the engine's runners: its port on one side, the runner on the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { JoywireError } from '../../shared/errors.ts';
import { systemClock } from '../clock.ts';
import { reportPanics } from '../emulator/drivers/embedded/core.ts';
import { Vitals } from '../emulator/drivers/embedded/vitals.ts';
import { Runner } from './runner.ts';
import { lowerThisThread } from './thread-priority.ts';
import type { FromRunner, RunnerSetup, ToRunner } from './wire.ts';

const port = parentPort;
if (port === null) throw new JoywireError('bug', 'this file is the start of a worker thread');
const post = (message: FromRunner) => port.postMessage(message);
const { vitals }: RunnerSetup = workerData;
let panic: string | undefined;
reportPanics((message) => (panic = message));
const runner = new Runner({
  clock: systemClock,
  vitals: new Vitals(vitals),
  post,
  panic: () => panic,
});
port.on('message', (message: ToRunner) => runner.receive(message));
const lowered = lowerThisThread();
post(
  lowered.ok
    ? { kind: 'ready', threadId: lowered.threadId, unfair: undefined }
    : { kind: 'ready', threadId: undefined, unfair: lowered.why },
);
