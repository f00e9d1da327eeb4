/** Writes a run's figures into README.md and docs/benchmarks.md, and its plots beside that. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { blocksOf, withBlocks } from './blocks.ts';
import { type PartReport, ranText, type RunReport, targetsMarkdown } from './report.ts';

const README = 'README.md';
const PAGE = 'docs/benchmarks.md';
const PLOTS = 'docs/benchmarks';

/**
 * @param root of the repository
 * @param whole whether all parts ran: with some of them only their own blocks are written, and the README stays
 * @returns what was written
 */
export function writePages(run: RunReport, root: URL, whole: boolean): string[] {
  const written: string[] = [];
  const write = (path: string, content: string) => {
    writeFileSync(new URL(path, root), content);
    written.push(path);
  };
  mkdirSync(new URL(PLOTS, root), { recursive: true });
  for (const { plots = [] } of run.parts)
    for (const { name, svg } of plots) write(`${PLOTS}/${name}.svg`, svg);
  const page = readFileSync(new URL(PAGE, root), 'utf8');
  const figures = Object.fromEntries(run.parts.map((part) => [part.name, partMarkdown(part)]));
  const missing = Object.keys(figures).filter((name) => !blocksOf(page).includes(name));
  if (missing.length > 0)
    throw new Error(`${PAGE} has no place for ${missing.join(', ')}: <!-- figures: NAME -->`);
  write(
    PAGE,
    withBlocks(page, { ...figures, ...(whole && { run: ranText(run), targets: targetsMarkdown(run) }) }),
  );
  if (whole)
    write(README, withBlocks(readFileSync(new URL(README, root), 'utf8'), { headlines: headlines(run) }));
  return written;
}

function partMarkdown({ tables, plots = [], notes }: PartReport): string {
  return [
    ...notes,
    ...plots.map(({ name, title }) => `![${title}](benchmarks/${name}.svg)`),
    ...tables.map((table) => table.markdown()),
  ].join('\n\n');
}

function headlines(run: RunReport): string {
  const lines = run.parts.flatMap((part) => part.headlines ?? []);
  const ratios = lines.map(({ what, figure }) => `| ${what} | ${figure} |`);
  return ['| what | figure |', '|---|---|', ...ratios, '', ranText(run)].join('\n');
}
