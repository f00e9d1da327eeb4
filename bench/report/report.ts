/** What a part of the benchmark found, as text and as JSON. */
import type { MachineInfo } from '../machine.ts';
import { isQuiet, type RoundLoad } from '../rounds.ts';
import { type Spread, short, withSpread } from './figures.ts';
import type { Table, TableJson } from './table.ts';

/** Something that is to hold, and whether it does on this machine, now. */
export interface Verdict {
  readonly name: string;
  readonly claim: string;
  readonly holds: boolean;
  /** What was measured. */
  readonly measured: string;
}

/** What a part adds to the ratios of a run, by name. The name and docs/benchmarks.md say of what, and whether more or less is better. */
export type Ratios = Readonly<Record<string, Spread>>;

/** A line of the README's table. */
export interface Headline {
  readonly what: string;
  readonly figure: string;
}

/** A plot as SVG. */
export interface Plot {
  /** Of its file, without a suffix. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

export interface PartReport {
  readonly name: string;
  readonly title: string;
  readonly tables: readonly Table[];
  readonly ratios?: Ratios;
  readonly headlines?: readonly Headline[];
  readonly plots?: readonly Plot[];
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
  /** Medians. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly ratioSpreads: Ratios;
  readonly tables: readonly TableJson[];
  readonly verdicts: readonly Verdict[];
  readonly faults: readonly string[];
  readonly machine: MachineInfo;
  readonly rounds: readonly RoundLoad[];
}

export function runJson({ machine, rounds, parts }: RunReport): RunJson {
  const spreads: Ratios = Object.assign({}, ...parts.map(({ ratios }) => ratios));
  return {
    ratios: Object.fromEntries(Object.entries(spreads).map(([name, { median }]) => [name, median])),
    ratioSpreads: spreads,
    tables: parts.flatMap(({ tables }) => tables.map((table) => table.json())),
    verdicts: parts.flatMap(({ verdicts }) => verdicts),
    faults: parts.flatMap(({ faults }) => faults),
    machine,
    rounds,
  };
}

/** The ratios first, then what holds, and then the figures that they come from. */
export function runText({ machine, rounds, parts }: RunReport): string {
  const verdicts = parts.flatMap((part) => part.verdicts);
  return [
    ...ratiosText(parts),
    ...(verdicts.length > 0 ? ['## It holds when', ...verdicts.map(verdictText)] : []),
    ...parts.map(partText),
    machineText(machine, rounds),
  ].join('\n\n');
}

function ratiosText(parts: readonly PartReport[]): string[] {
  const ratios = parts.flatMap((part) => Object.entries(part.ratios ?? {}));
  const width = Math.max(...ratios.map(([name]) => name.length));
  const lines = ratios.map(([name, ratio]) => `${name.padEnd(width)}   ${withSpread(ratio)}`);
  return lines.length > 0 ? ['## Ratios', lines.join('\n')] : [];
}

function partText({ title, tables, notes }: PartReport): string {
  return [`## ${title}`, ...notes, ...tables.map((table) => table.text())].join('\n\n');
}

function verdictText({ claim, holds, measured }: Verdict): string {
  return `${holds ? 'holds         ' : 'does not hold '} ${claim}\n               ${measured}`;
}

/** What else went on, which is why ratios are to be believed and times are not. */
function machineText(machine: MachineInfo, rounds: readonly RoundLoad[]): string {
  const { node, cpus, cpuModel, loadBefore, loadAfter } = machine;
  return [
    `Node ${node}, ${cpus} x ${cpuModel}`,
    `load average ${loadBefore.map(short).join(' ')} before, ${loadAfter.map(short).join(' ')} after`,
    roundsText(rounds),
  ].join('\n');
}

/** The machine and the rounds in sentences. */
export function ranText({ machine, rounds }: RunReport): string {
  const { node, platform, cpus, cpuModel } = machine;
  return `Node ${node}, ${platform}, ${cpus} x ${cpuModel}. ${roundsText(rounds)}.`;
}

/** What was to hold, and whether it did. */
export function targetsMarkdown({ parts }: RunReport): string {
  const lines = parts
    .flatMap((part) => part.verdicts)
    .map(
      ({ claim, holds, measured }) => `| ${claim} | ${measured} | ${holds ? 'holds' : '**does not hold**'} |`,
    );
  return ['| what is to hold | measured | |', '|---|---|---|', ...lines].join('\n');
}

/** How many rounds count, how many were thrown away, and how quiet it was in those that count. */
function roundsText(rounds: readonly RoundLoad[]): string {
  const kept = rounds.filter((round) => round.kept);
  const disturbed = kept.filter(({ foreignShare }) => !isQuiet(foreignShare)).length;
  const shares = kept.flatMap(({ foreignShare }) => (foreignShare === null ? [] : [foreignShare * 100]));
  const foreign =
    shares.length === 0
      ? 'what others used is unknown here'
      : `others used ${short(shares.reduce((a, b) => a + b, 0) / shares.length)} % of the cores in them, ${short(Math.max(...shares))} % in the worst`;
  const thrown = rounds.length - kept.length;
  const loud =
    disturbed === 0 ? '' : `; ${disturbed} of those that count were disturbed, for want of quieter ones`;
  return `${kept.length} rounds count, ${thrown} were thrown away because others used the machine; ${foreign}${loud}`;
}
