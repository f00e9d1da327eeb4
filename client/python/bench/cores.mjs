// What 8 bare cores do: a worker thread for each, as in the gateway, and nothing else. For each line `[hold, gap, steps]` read, all of
// them run so many steps, none waiting for another; frames a second, and seconds of processor time, are printed.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { intoTheWorld, press } from './world.mjs';

const CORES = 8;
const DIRECTIONS = [16, 32, 64, 128];

if (isMainThread) {
  const workers = Array.from({ length: CORES }, () => new Worker(new URL(import.meta.url)));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const [hold, gap, steps] = JSON.parse(line);
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    const done = workers.map((worker) => once(worker, 'message'));
    for (const worker of workers) worker.postMessage([hold, gap, steps]);
    await Promise.all(done);
    const seconds = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const frames = CORES * steps * (hold + gap);
    const answer = { fps: frames / seconds, cpuSeconds: (user + system) / 1e6 };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
} else {
  const machine = intoTheWorld();
  parentPort.postMessage('ready');
  parentPort.on('message', ([hold, gap, steps]) => {
    for (let step = 0; step < steps; step++) press(machine, [DIRECTIONS[step % 4], hold, gap]);
    parentPort.postMessage('done');
  });
}
