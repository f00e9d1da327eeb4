/** Takes a trace as a viewer does: event by event, in the order of the file, with a stack of open slices for each thread. */
import { z } from 'zod';

const args = z.record(z.string(), z.unknown());
const sliceSchema = z.strictObject({
  ph: z.literal('X'),
  name: z.string().min(1),
  cat: z.string().min(1),
  ts: z.number().nonnegative(),
  dur: z.number().nonnegative(),
  pid: z.int(),
  tid: z.int(),
  args,
});
const metadataSchema = z.strictObject({
  ph: z.literal('M'),
  name: z.enum(['process_name', 'thread_name', 'thread_sort_index']),
  ts: z.literal(0),
  pid: z.int(),
  tid: z.int(),
  args,
});
const traceSchema = z.strictObject({
  traceEvents: z.array(z.discriminatedUnion('ph', [sliceSchema, metadataSchema])),
  displayTimeUnit: z.enum(['ms', 'ns']),
  otherData: args,
});

export interface SeenSlice {
  readonly lane: string;
  readonly name: string;
  readonly startUs: number;
  readonly endUs: number;
  /** How many slices it lies in. */
  readonly depth: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The slices of a trace, as JSON. @throws when it is not well formed, not in order, or a slice only overlaps another */
export function readTrace(json: string): SeenSlice[] {
  const { traceEvents } = traceSchema.parse(JSON.parse(json));
  const lanes = new Map<number, string>();
  const open = new Map<number, number[]>();
  const seen: SeenSlice[] = [];
  let beforeUs = 0;
  for (const event of traceEvents) {
    if (event.ph === 'M') {
      if (seen.length > 0) throw new Error('a name comes after what it names');
      if (event.name === 'thread_name') lanes.set(event.tid, z.string().parse(event.args['name']));
      continue;
    }
    const { ts, dur, tid, name } = event;
    if (ts < beforeUs) throw new Error(`${name} at ${ts} comes after ${beforeUs}`);
    beforeUs = ts;
    const lane = lanes.get(tid);
    if (lane === undefined) throw new Error(`thread ${tid} has no name`);
    const ends = (open.get(tid) ?? []).filter((endUs) => endUs > ts);
    const outer = ends.at(-1);
    if (outer !== undefined && ts + dur > outer) throw new Error(`${name} in ${lane} only overlaps`);
    seen.push({ lane, name, startUs: ts, endUs: ts + dur, depth: ends.length, args: event.args });
    open.set(tid, [...ends, ts + dur]);
  }
  if (new Set(lanes.values()).size !== lanes.size) throw new Error('two lanes have one name');
  return seen;
}
