/** `joywire journal rm` */
import { dataHolder } from '../../journal/data-lock.ts';
import { summarize } from '../../journal/run-summary.ts';
import { type CommandIo, complain, EXIT } from '../command.ts';
import { findRun, withData } from './data.ts';
import { byteText } from './text.ts';

export function remove(args: readonly string[], io: CommandIo): Promise<number> {
  const flags = [{ name: 'force', kind: 'switch' }] as const;
  return withData(args, { flags, wanted: ['run'] }, io, async (data) => {
    const listing = await findRun(data, data.line.positionals[0] ?? '');
    const { run, bytes } = listing;
    const { live } = await summarize(data.folders, listing);
    const gateway = dataHolder(data.path);
    const forced = data.line.flags.get('force')?.at(-1) === 'true';
    if (live && gateway !== undefined) {
      complain(io, [`${run} has not ended, and the gateway that has it is running (process ${gateway.pid})`]);
      return EXIT.failed;
    }
    if (live && !forced) {
      complain(io, [
        `${run} has not ended: a gateway that is started could go on with it; --force drops it all the same`,
      ]);
      return EXIT.failed;
    }
    await data.folders.remove(run);
    io.stdout.write(`dropped ${run}, ${byteText(bytes)}\n`);
    return EXIT.ok;
  });
}
