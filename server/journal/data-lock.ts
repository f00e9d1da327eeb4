/**
 * Sees to it that one gateway writes to a data directory: a file that names the process. A process that is gone leaves it behind, and the next one
 * takes over.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { JoywireError } from '../../shared/errors.ts';

const holderSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** Tells a process from a later one of the same id; '' where the system does not say. */
  started: z.string(),
});
type Holder = z.output<typeof holderSchema>;

const FILE = 'gateway.lock';
const ATTEMPTS = 5;

/**
 * Takes the directory, which is made if need be; the returned function gives it back.
 * @throws JoywireError `data_in_use` while another process has it, `journal_failed` when the file cannot be written
 */
export function lockData(data: string): () => void {
  const path = join(data, FILE);
  const own = JSON.stringify(thisProcess());
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (take(data, path, own)) return () => giveBack(path, own);
    const holder = read(path);
    if (holder !== undefined && isAlive(holder)) throw inUse(data, path, holder);
    clear(path, holder);
  }
  throw new JoywireError('data_in_use', `${data}: several gateways start there at once`);
}

/** The process that writes to the directory now; undefined when none does. */
export function dataHolder(data: string): { readonly pid: number; readonly host: string } | undefined {
  const holder = read(join(data, FILE));
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

function take(data: string, path: string, own: string): boolean {
  try {
    mkdirSync(data, { recursive: true });
    writeFileSync(path, own, { flag: 'wx' });
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    const why = error instanceof Error ? error.message : String(error);
    throw new JoywireError('journal_failed', `${data}: cannot be written to: ${why}`, { cause: error });
  }
  // Another one that starts may have taken this file for the stale one.
  return text(path) === own;
}

/** Moves a stale lock out of the way; if meanwhile it has become somebody's, puts it back. */
function clear(path: string, stale: Holder | undefined): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = read(aside);
  if (moved !== undefined && JSON.stringify(moved) !== JSON.stringify(stale)) renameSync(aside, path);
  else rmSync(aside, { force: true });
}

function giveBack(path: string, own: string): void {
  if (text(path) === own) rmSync(path, { force: true });
}

function read(path: string): Holder | undefined {
  try {
    const parsed = holderSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function thisProcess(): Holder {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid) ?? '' };
}

/** Of another host nothing can be known: its lock holds until somebody removes it. */
function isAlive({ pid, host, started }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is another user's.
    if (!isCode(error, 'EPERM')) return false;
  }
  const now = startOf(pid);
  return now === undefined || started === '' || now === started;
}

/** When a process was started, on Linux: in a container every gateway has the same id (proc_pid_stat(5), field 22; random(4), boot_id). */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses, which may hold anything.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`;
  } catch {
    return undefined;
  }
}

function inUse(data: string, path: string, { pid, host }: Holder): JoywireError {
  const there =
    host === hostname() ? `process ${pid}` : `process ${pid} on ${host}; if that is gone, remove ${path}`;
  return new JoywireError('data_in_use', `${data} is in use by another gateway, ${there}`);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
