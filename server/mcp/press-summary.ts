/** What became of the presses of a script, for a model: all of them in a few numbers, and one by one what did not run. */
import { z } from 'zod';
import type { Outcome, ScriptItem } from '../../client/index.ts';
import { STATUSES } from '../../shared/protocol.ts';
import { pressLabels } from '../commands/outcome-table.ts';

/** Most problems that are told: a script that fails fails everywhere. */
const MAX_PROBLEMS = 16;

export const entrySchema = z.object({
  index: z.int().describe('Position in the script, from 0'),
  press: z.string(),
  status: z.enum(STATUSES),
  firstFrame: z.int().nullable(),
  frames: z.int(),
  code: z.string().optional(),
  message: z.string().optional(),
});

export const summarySchema = z.object({
  presses: z.int().describe('What the script stands for'),
  executed: z.int(),
  skipped: z.int().describe('Kept from running by a guard of the script'),
  rejected: z.int().describe('Never given to the game for another reason'),
  failed: z.int().describe('Certainly did not run'),
  unknown: z.int().describe('May have run'),
  firstFrame: z.int().nullable().describe('The first frame that ran; null if none did'),
  lastFrame: z.int().nullable(),
  frames: z.int().describe('Frames that ran'),
  problems: z.array(entrySchema).describe(`What did not run, and why; at most the first ${MAX_PROBLEMS}`),
});

type Entry = z.output<typeof entrySchema>;
type Summary = z.output<typeof summarySchema>;

export function entriesOf(items: readonly ScriptItem[], outcomes: readonly Outcome[]): Entry[] {
  const labels = pressLabels(items);
  return outcomes.map(({ status, firstFrame, frames, detail }, index) => ({
    index,
    press: labels[index] ?? '',
    status,
    firstFrame,
    frames,
    ...(detail?.code !== undefined && { code: detail.code }),
    ...(detail?.message !== undefined && { message: detail.message }),
  }));
}

export function summaryOf(entries: readonly Entry[]): Summary {
  const count = (wanted: Entry['status']) => entries.filter(({ status }) => status === wanted).length;
  const skipped = entries.filter(isSkipped).length;
  const ran = entries.filter(({ firstFrame, frames }) => firstFrame !== null && frames > 0);
  const [first] = ran;
  const last = ran.at(-1);
  return {
    presses: entries.length,
    executed: count('executed'),
    skipped,
    rejected: count('rejected') - skipped,
    failed: count('failed'),
    unknown: count('unknown'),
    firstFrame: first?.firstFrame ?? null,
    lastFrame: last === undefined ? null : (last.firstFrame ?? 0) + last.frames - 1,
    frames: ran.reduce((sum, { frames }) => sum + frames, 0),
    problems: entries.filter((one) => one.status !== 'executed' && !isSkipped(one)).slice(0, MAX_PROBLEMS),
  };
}

/** That is what a guard is for. */
function isSkipped({ code }: Entry): boolean {
  return code === 'guard';
}

/** @param entries of which those that a guard kept from running name it */
export function summaryText(summary: Summary, entries: readonly Entry[]): string[] {
  const { presses, executed, firstFrame, lastFrame, frames, problems } = summary;
  const where = firstFrame === null ? '' : ` on frames ${firstFrame} to ${lastFrame} (${frames} frames)`;
  const guards = new Set(entries.filter(isSkipped).map(({ message = '' }) => message));
  const stopped = [...guards].map((message) => `Stopped by ${message}.`);
  return [`${executed} of ${presses} presses ran${where}.`, ...stopped, ...problems.map(entryText)];
}

export function entryText({ index, press: label, status, firstFrame, frames, code, message }: Entry): string {
  const where =
    firstFrame === null || frames === 0 ? '' : `, frames ${firstFrame} to ${firstFrame + frames - 1}`;
  const why = code === undefined ? '' : `: ${code}: ${message ?? ''}`;
  return `  #${index} ${label}: ${status}${where}${why}`;
}
