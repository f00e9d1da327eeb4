/** A profile as a file that trace viewers open. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Profile, profileTrace } from '../../client/index.ts';
import { type CommandIo, complain, errorText } from './command.ts';

/** Writes a trace and says so on stderr. False when it could not be written, which is said too. */
export async function writeTrace(path: string, profile: Profile, io: CommandIo): Promise<boolean> {
  try {
    await writeFile(resolve(io.cwd, path), `${JSON.stringify(profileTrace(profile))}\n`);
  } catch (error) {
    complain(io, [`${path}: the trace cannot be written: ${errorText(error)}`]);
    return false;
  }
  complain(io, [`${path}: ${profile.inputs.length} inputs; open it with https://ui.perfetto.dev`]);
  return true;
}
