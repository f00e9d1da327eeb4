/** What a part of the benchmark found, as text and as JSON. */
import type { MachineInfo, RoundLoad } from '../machine.ts';
import type { Spread } from './figures.ts';
import { short } from './figures.ts';
import type { Table, TableJson } from './table.ts';

/** Something that is to hold, and whether it does on this machine, now. */
export interface Verdict {
  readonly name: string;
  readonly claim: string;
  readonly holds: boolean;
  /** What was measured. */
  readonly measured: string;
}

export interface PartReport {
  readonly name: string;
  readonly title: string;
  readonly tables: readonly Table[];
  readonly verdicts: readonly Verdict[];
  /** Remarks for whoever reads the figures. */
  readonly notes: readonly string[];
  /** Wrong results: lost presses, wrong order. These fail the run; slowness does not. */
  readonly faults: readonly string[];
}

export interface RunReport {
  readonly machine: MachineInfo;
  readonly rounds: readonly RoundLoad[];
  readonly parts: readonly PartReport[];
}

export interface RunJson {
  /** Medians of ratios to each table's base row, by `table.row.column`; the larger the better. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly ratioSpreads: Readonly<Record<string, Spread>>;
  readonly tables: readonly TableJson[];
  readonly verdicts: readonly Verdict[];
  readonly faults: readonly string[];
  readonly machine: MachineInfo;
  readonly rounds: readonly RoundLoad[];
}

export function runJson({ machine, rounds, parts }: RunReport): RunJson {
  const tables = parts.flatMap((part) => part.tables);
  const ratios = tables.flatMap((table) => table.ratios());
  return {
    ratios: Object.fromEntries(ratios.map(([name, { median }]) => [name, median])),
    ratioSpreads: Object.fromEntries(ratios),
    tables: tables.map((table) => table.json()),
    verdicts: parts.flatMap((part) => part.verdicts),
    faults: parts.flatMap((part) => part.faults),
    machine,
    rounds,
  };
}

export function partText({ title, tables, notes }: PartReport): string {
  return [`## ${title}`, ...notes, ...tables.map((table) => table.text())].join('\n\n');
}

export function verdictText({ claim, holds, measured }: Verdict): string {
  return `${holds ? 'holds         ' : 'does not hold '} ${claim}\n               ${measured}`;
}

/** What else went on, which is why ratios are to be believed and times are not. */
export function machineText(machine: MachineInfo, rounds: readonly RoundLoad[]): string {
  const { node, cpus, cpuModel, loadBefore, loadAfter } = machine;
  const shares = rounds.flatMap(({ foreignShare }) => (foreignShare === null ? [] : [foreignShare * 100]));
  const foreign =
    shares.length === 0
      ? 'unknown'
      : `${short(shares.reduce((a, b) => a + b, 0) / shares.length)} % of the cores on average, ${short(Math.max(...shares))} % in the worst round`;
  return [
    `Node ${node}, ${cpus} x ${cpuModel}`,
    `load average ${loadBefore.map(short).join(' ')} before, ${loadAfter.map(short).join(' ')} after; used by others: ${foreign}`,
  ].join('\n');
}
