/** `stats`: figures of one's own session or of the whole gateway. */
import { z } from 'zod';
import { STATUSES } from '../../../shared/protocol.ts';
import { defineTool } from '../tool.ts';

export const stats = defineTool({
  name: 'stats',
  title: 'Read figures',
  description:
    'Figures since the start: presses, frames, outcomes, latency. Of your own session, or of the whole gateway. Not needed to play.',
  watchers: true,
  annotations: { readOnlyHint: true },
  input: z.strictObject({
    scope: z
      .enum(['session', 'gateway'])
      .optional()
      .describe('Default: your session if you play, else the gateway'),
  }),
  output: z.object({
    scope: z.enum(['session', 'gateway']),
    seconds: z.number(),
    presses: z.int(),
    frames: z.int(),
    outcomes: z.record(z.enum(STATUSES), z.int()),
    batches: z.int(),
    averageBatchSize: z.number(),
    latencyMs: z.number().nullable().describe('Median, from the gateway’s reception to the outcome'),
  }),
  run: async ({ scope }, player) => {
    const client = await player.watch();
    const figures = await client.readStats(scope === undefined ? {} : { scope });
    const { durationMs, inputs, frames, outcomes, batches, averageBatchSize, latencyUs } = figures.sinceStart;
    const latencyMs = latencyUs === null ? null : latencyUs.total.p50 / 1000;
    const seconds = durationMs / 1000;
    const value = {
      scope: figures.scope,
      seconds,
      presses: inputs,
      frames,
      outcomes,
      batches,
      averageBatchSize,
      latencyMs,
    };
    const told = Object.entries(outcomes).map(([status, count]) => `${count} ${status}`);
    const median = latencyMs === null ? '' : `; median latency ${latencyMs} ms`;
    const text = `${inputs} presses (${told.join(', ')}) and ${frames} frames in ${seconds.toFixed(1)} s, ${batches} batches${median}.`;
    return { value, text: `${figures.scope}: ${text}` };
  },
});
