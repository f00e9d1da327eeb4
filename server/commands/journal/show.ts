/** `joywire journal show` */
import { runRecords } from '../../journal/run-records.ts';
import { type CommandIo, complain, EXIT } from '../command.ts';
import { findRun, withData } from './data.ts';
import { recordLine } from './record-line.ts';

export function show(args: readonly string[], io: CommandIo): Promise<number> {
  return withData(args, { flags: [], wanted: ['run'] }, io, async (data) => {
    const { run } = await findRun(data, data.line.positionals[0] ?? '');
    let code: number = EXIT.ok;
    const onCut = ({
      segment,
      atByte,
      bytes,
      why,
    }: {
      segment: number;
      atByte: number;
      bytes: number;
      why: string;
    }) => {
      complain(io, [`segment ${segment}, byte ${atByte}: ${why}; ${bytes} bytes from there on are not read`]);
      code = EXIT.failed;
    };
    for await (const { segment, record } of runRecords(data.folders, run, { onCut })) {
      io.stdout.write(`${String(segment).padStart(3)}  ${recordLine(record)}\n`);
    }
    return code;
  });
}
