/** The thread of one embedded game: its port on one side, the game on the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { JoywireError } from '../../../../shared/errors.ts';
import { systemClock } from '../../../clock.ts';
import { reportPanics } from './core.ts';
import { Game } from './game.ts';
import { Machine } from './machine.ts';
import { sharedOffsetMs } from './shared-clock.ts';
import { Vitals } from './vitals.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './wire.ts';

const port = parentPort;
if (port === null) throw new JoywireError('bug', 'this file is the start of a worker thread');
const post = (message: FromWorker) => port.postMessage(message);
const bed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
let panic: string | undefined;

/** Undefined if the ROM is refused, which the main thread is told. */
function openMachine({ rom, battery, sound, from }: WorkerSetup): Machine | undefined {
  try {
    const machine = new Machine({ rom, battery, sound });
    if (from !== undefined) machine.load(from.bytes);
    return machine;
  } catch (error) {
    const code = error instanceof JoywireError ? error.code : 'invalid_rom';
    const message =
      error instanceof JoywireError
        ? error.message
        : `the ROM makes the core fail: ${panic ?? String(error)}`;
    post({ kind: 'not-ready', code, message });
    return undefined;
  }
}

const setup: WorkerSetup = workerData;
reportPanics((message) => (panic = message));
const machine = openMachine(setup);
if (machine !== undefined) {
  const game = new Game(
    {
      machine,
      clock: systemClock,
      vitals: new Vitals(setup.vitals),
      post,
      nap: (ms) => void Atomics.wait(bed, 0, 0, ms),
      panic: () => panic,
    },
    setup.firstFrame,
    setup.from?.held,
  );
  port.on('message', (message: ToWorker) => game.receive(message));
  post({ kind: 'ready', offsetMs: sharedOffsetMs(() => systemClock.now()) });
}
