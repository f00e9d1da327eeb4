/**
 * Writes a journal in a process of its own, which a test kills or whose files it bounds: `node journal-writer.js DATA DURABILITY`. Each record is
 * its number and filling; each commit that is done prints the number of the last record, a failed one `failed CODE`. On a line from stdin
 * it tries once more, and closes.
 */
import { once } from 'node:events';
import { FileJournals } from '../../dist/server/journal/files.js';

const [data, durability] = process.argv.slice(2);
const journals = await FileJournals.open({ data, durability });
const log = await journals.create('run');

for (let number = 1; ; number++) {
  const record = Buffer.alloc(4 + (number % 97), number);
  record.writeUInt32LE(number);
  log.append(record);
  try {
    await log.commit();
  } catch (error) {
    process.stdout.write(`failed ${error.code} ${error.cause?.code}\n`);
    break;
  }
  process.stdout.write(`${number}\n`);
  if (number % 50 === 0) log.roll();
  if (number % 10 === 0) await new Promise(setImmediate);
}
await once(process.stdin, 'data');
await log.commit();
process.stdout.write('kept\n');
await journals.close();
process.exit(0);
