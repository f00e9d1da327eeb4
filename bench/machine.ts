/** What machine this is, and how much of it others used while we measured. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

export interface MachineInfo {
  readonly node: string;
  readonly platform: string;
  readonly cpus: number;
  readonly cpuModel: string;
  /** Load averages over 1, 5 and 15 minutes. */
  readonly loadBefore: readonly number[];
  readonly loadAfter: readonly number[];
}

export function machineInfo(loadBefore: readonly number[]): MachineInfo {
  const all = cpus();
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpus: all.length,
    cpuModel: all[0]?.model.trim() ?? 'unknown',
    loadBefore,
    loadAfter: loadavg(),
  };
}

interface CpuTicks {
  readonly all: number;
  readonly busy: number;
  readonly ours: number;
}

/** Starts to watch; the returned function tells the share that processes other than these used since. */
export function watchForeignLoad(pids: () => readonly number[]): () => number | null {
  const before = ticks(pids());
  return () => {
    const after = ticks(pids());
    if (before === undefined || after === undefined || after.all === before.all) return null;
    const foreign = after.busy - before.busy - (after.ours - before.ours);
    return Math.min(1, Math.max(0, foreign / (after.all - before.all)));
  };
}

/** From proc(5): `/proc/stat` for the machine, `/proc/<pid>/stat` for a process with all its threads. */
function ticks(pids: readonly number[]): CpuTicks | undefined {
  try {
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
      readFileSync('/proc/stat', 'utf8').slice(0, 200).split(/\s+/, 9).slice(1).map(Number);
    const busy = user + nice + system + irq + softirq + steal;
    return { all: busy + idle + iowait, busy, ours: pids.reduce((sum, pid) => sum + processTicks(pid), 0) };
  } catch {
    // Not Linux: nobody says.
    return undefined;
  }
}

function processTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may contain anything; utime and stime are fields 14 and 15.
  const [utime = 0, stime = 0] = fields
    .slice(fields.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return utime + stime;
}
