/** A profile as a file that trace viewers open. What is there stays as it is until there is a whole trace to take its place. */
import { constants, statSync } from 'node:fs';
import { access, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Profile, profileTrace } from '../../client/index.ts';
import { type CommandIo, complain, errorText } from './command.ts';

/** Why no trace can be written to the path that a flag names; undefined when nothing speaks against it. Leaves no trace of having looked. */
export async function traceProblem(
  flag: string,
  path: string | undefined,
  { cwd }: Pick<CommandIo, 'cwd'>,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    await assertWritable(resolve(cwd, path));
    return undefined;
  } catch (error) {
    return `${flag}: got ${JSON.stringify(path)}; allowed: a file that can be written; ${errorText(error)}`;
  }
}

/** Writes a trace and says so on stderr. False when it could not be written, which is said too. */
export async function writeTrace(path: string, profile: Profile, io: CommandIo): Promise<boolean> {
  try {
    await replace(resolve(io.cwd, path), `${JSON.stringify(profileTrace(profile))}\n`);
  } catch (error) {
    complain(io, [`${path}: the trace cannot be written: ${errorText(error)}`]);
    return false;
  }
  complain(io, [`${path}: ${profile.inputs.length} inputs; open it with https://ui.perfetto.dev`]);
  return true;
}

async function assertWritable(path: string): Promise<void> {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) throw new Error('it is a folder');
  if (there !== undefined) await access(path, constants.W_OK);
  // The dot makes a file in the place of the folder an error.
  if (there === undefined || there.isFile()) await access(`${dirname(path)}/.`, constants.W_OK);
}

/** Puts a whole file in the place of what is there: who reads it meanwhile sees the one or the other. */
async function replace(path: string, text: string): Promise<void> {
  const there = statSync(path, { throwIfNoEntry: false });
  // A device or a pipe is written to.
  if (there !== undefined && !there.isFile()) return writeFile(path, text);
  const target = there === undefined ? path : await realpath(path);
  const unfinished = `${target}.${process.pid}.unfinished`;
  try {
    await writeFile(unfinished, text, there && { mode: there.mode });
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
