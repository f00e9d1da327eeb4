/** `rollouts`: many scripts from one state, beside the game, and what each would lead to. */
import { z } from 'zod';
import type { Client, RunResult, ScriptItem } from '../../../client/index.ts';
import { JoywireError } from '../../../shared/errors.ts';
import { CHECKPOINT_NAME } from '../../../shared/protocol.ts';
import { RUN_STATUSES } from '../../../shared/rollout.ts';
import { bytesOf, bytesSchema, bytesText, rangesOf, rangesSchema } from '../memory.ts';
import { enlargedPng, MAX_SCALE } from '../picture.ts';
import { entriesOf, entrySchema, entryText, summaryOf } from '../press-summary.ts';
import { framesOf, readScript } from '../script.ts';
import { defineTool } from '../tool.ts';

/** What a model can still compare. */
const MAX_RUNS = 64;
/** Frames of all runs together: most of a minute on one core, as long as clients wait. */
const MAX_FRAMES = 200_000;
/** Most pictures of one answer: each takes as much of the model's attention as all else. */
const MAX_PICTURES = 8;

const runResult = z.object({
  run: z.int().describe('Position in `runs`, from 0'),
  script: z.string(),
  status: z.enum(RUN_STATUSES),
  frames: z.int().describe('Frames that it ran'),
  executed: z.int().describe('Presses that ran'),
  skipped: z.int().describe('Presses that a guard of the script kept from running'),
  problems: z.array(entrySchema).describe('Presses that did not run for another reason'),
  memory: bytesSchema.optional(),
  hash: z.string().optional().describe('Equal hashes: the same picture'),
  checkpoint: z.string().optional().describe('Its end, for load_checkpoint or `from`'),
  code: z.string().optional(),
  message: z.string().optional(),
});

type Run = z.output<typeof runResult>;

export const rollouts = defineTool({
  name: 'rollouts',
  title: 'Try scripts beside the game',
  description: `Runs several scripts, each on a copy of the game as it stands now (or of a checkpoint), all beside the game itself, which does not move. Tells of each where it ends: memory, picture, hash.
Use it to compare ideas, to find which way is free, which press matters, or when to press. The same script from the same state always ends the same, so what a rollout shows is what \`press\` will do.
With \`keep: true\` the end of each run becomes a checkpoint: go on from it with \`from\` (a search, level by level) or take it over with load_checkpoint; delete those that you need no more. Up to ${MAX_RUNS} runs and ${MAX_FRAMES} frames together.`,
  annotations: { readOnlyHint: true, idempotentHint: false },
  input: z.strictObject({
    runs: z
      .array(
        z.strictObject({
          script: z.string().describe('As for `press`'),
          from: z.string().regex(CHECKPOINT_NAME).optional().describe('Checkpoint; default: the game now'),
        }),
      )
      .min(1)
      .max(MAX_RUNS),
    memory: rangesSchema.optional().describe('Memory to read at the end of each run'),
    look: z
      .boolean()
      .default(false)
      .describe(`Whether to return a picture of each end, for up to ${MAX_PICTURES} runs`),
    scale: z.int().min(1).max(MAX_SCALE).default(1).describe('Size of the pictures: times 160x144'),
    hash: z.boolean().default(false).describe('Whether to return a hash of each picture'),
    keep: z.boolean().default(false).describe('Whether to keep each end as a checkpoint'),
  }),
  output: z.object({ results: z.array(runResult).describe('In the order of `runs`') }),
  run: async ({ runs, memory, look, scale, hash, keep }, player, { signal }) => {
    const ranges = memory && rangesOf(memory);
    if (look && runs.length > MAX_PICTURES) throw tooMany('runs with pictures', runs.length, MAX_PICTURES);
    const client = await player.play();
    const items = runs.map(({ script }, at) => read(script, at, client));
    const frames = items.reduce((sum, each) => sum + framesOf(each, client), 0);
    if (frames > MAX_FRAMES) throw tooMany('frames together', frames, MAX_FRAMES);
    const specs = runs.map(({ script, from }) => (from === undefined ? { script } : { script, from }));
    const wants = { hash, keep, outcomes: true, ...(ranges && { memory: ranges }) };
    const all = await client
      .rollout(specs, { ...wants, ...(look && { screen: 'raw' as const }), signal })
      .all();
    const told = all.map((result) => ({
      ...runOf(result, runs[result.run]?.script ?? '', items[result.run] ?? []),
      ...(ranges && result.memory && { memory: bytesOf(ranges, result.memory) }),
    }));
    return {
      value: { results: told },
      text: told.map(runText).join('\n'),
      pictures: all.flatMap(({ screen }) => (screen === undefined ? [] : [enlargedPng(screen, scale)])),
      failed: told.every(({ status }) => status !== 'done'),
    };
  },
});

/** @throws JoywireError `script_error` naming the run */
function read(script: string, at: number, client: Client): readonly ScriptItem[] {
  try {
    return readScript(script, client);
  } catch (error) {
    if (!(error instanceof JoywireError)) throw error;
    throw new JoywireError(error.code, `runs[${at}]: ${error.message}`, { cause: error });
  }
}

function runOf(result: RunResult, script: string, items: readonly ScriptItem[]): Run {
  const { run, status, frames, hash, checkpoint, code, message, outcomes = [] } = result;
  const { executed, skipped, problems } = summaryOf(entriesOf(items, outcomes));
  return {
    run,
    script,
    status,
    frames,
    executed,
    skipped,
    problems,
    ...(hash !== undefined && { hash }),
    ...(checkpoint !== undefined && { checkpoint }),
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message }),
  };
}

function runText({ run, script, status, frames, executed, skipped, problems, ...more }: Run): string {
  const { memory, hash, checkpoint, code, message = '' } = more;
  const ran = `${executed} presses ran${skipped > 0 ? `, ${skipped} skipped by a guard` : ''}`;
  const lines = [
    `run ${run} (${script}): ${status}, ${frames} frames, ${ran}${checkpoint === undefined ? '' : `, kept as ${checkpoint}`}`,
    ...(code === undefined && message === '' ? [] : [`  ${code ?? 'note'}: ${message}`]),
    ...(hash === undefined ? [] : [`  picture ${hash}`]),
    ...(memory === undefined ? [] : [bytesText(memory).replaceAll(/^/gm, '  ')]),
    ...problems.map(entryText),
  ];
  return lines.join('\n');
}

function tooMany(what: string, got: number, most: number): JoywireError {
  return new JoywireError('invalid_argument', `${what}: got ${got}; allowed: at most ${most}. Nothing ran`);
}
