import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { sharedOffsetMs } from '../../../../../../server/emulator/drivers/embedded/shared-clock.ts';

it('every thread gets the same time, whenever it was started', async () => {
  const source = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(new URL('../../../../../../dist/server/emulator/drivers/embedded/shared-clock.js', import.meta.url))})
      .then(({ sharedOffsetMs }) => parentPort.on('message', () => {
        parentPort.postMessage(performance.now() + sharedOffsetMs(() => performance.now()));
      }));`;
  const worker = new Worker(source, { eval: true });
  const offsetMs = sharedOffsetMs(() => performance.now());
  const here = () => performance.now() + offsetMs;
  for (let round = 0; round < 5; round++) {
    const beforeMs = here();
    const answer = new Promise<number>((resolve) => worker.once('message', resolve));
    worker.postMessage('now');
    const there = await answer;
    expect(there).toBeGreaterThan(beforeMs);
    expect(there).toBeLessThan(here());
  }
  await worker.terminate();
});
