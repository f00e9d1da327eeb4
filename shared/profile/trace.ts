/**
 * A profile as trace events: the JSON that chrome://tracing and Perfetto (https://ui.perfetto.dev) open, by the Trace Event Format's
 * "JSON object format": complete events (`ph: "X"`) in µs, and metadata (`ph: "M"`) that names and orders the lanes. Pure.
 */
import { formatButtons } from '../buttons.ts';
import type { ProfiledBatch, ProfiledInput } from './input.ts';
import { layOut, type Slice } from './lanes.ts';
import { SEGMENTS, type SegmentName, segmentsOf, totalUs } from './segments.ts';

/** What a trace is made of. */
export interface ProfileSource {
  readonly session: string;
  readonly inputs: readonly ProfiledInput[];
  readonly dropped: number;
  readonly missing: number;
  readonly originMs: number;
  readonly clock?: { readonly offsetUs: number; readonly uncertaintyUs: number } | undefined;
}

export type TraceEvent =
  | {
      readonly ph: 'X';
      readonly name: string;
      readonly cat: string;
      /** µs since the first moment of the profile. */
      readonly ts: number;
      readonly dur: number;
      readonly pid: number;
      readonly tid: number;
      readonly args: Readonly<Record<string, unknown>>;
    }
  | {
      readonly ph: 'M';
      readonly name: 'process_name' | 'thread_name' | 'thread_sort_index';
      readonly ts: 0;
      readonly pid: number;
      readonly tid: number;
      readonly args: { readonly name: string } | { readonly sort_index: number };
    };

export interface Trace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ms';
  readonly otherData: Readonly<Record<string, unknown>>;
}

/** A lane as it is called, with the slices that belong in it. */
interface Lane {
  readonly name: string;
  readonly slices: readonly Slice[];
}

const PID = 1;

/** The trace of a profile, with its events in order of time. One lane for each segment of the way, and one for the batches. */
export function profileTrace(source: ProfileSource): Trace {
  const { session, inputs, dropped, missing, originMs, clock } = source;
  const slices = inputs.map(slicesOf);
  const lanes: Lane[] = [
    { name: 'batches', slices: batchSlices(inputs) },
    ...SEGMENTS.map((name) => ({
      name,
      slices: together(slices.flatMap((of) => of.filter((slice) => slice.segment === name))),
    })),
  ];
  const startUs = lanes
    .flatMap((lane) => lane.slices)
    .reduce((least, slice) => Math.min(least, slice.startUs), Infinity);
  const zeroUs = Number.isFinite(startUs) ? startUs : 0;
  const threads = lanes.flatMap(threadsOf);
  const metadata = [
    processName(`joywire session ${session}`),
    ...threads.flatMap(({ name }, index) => threadNames(name, index + 1)),
  ];
  const events = threads.flatMap((thread, index) =>
    thread.slices.flatMap((slice) => eventsOf(slice, index + 1, zeroUs)),
  );
  // Stable, so that of slices which begin together the outer one stays first.
  const traceEvents = [...metadata, ...events.toSorted((a, b) => a.ts - b.ts)];
  const clocks =
    clock === undefined ? {} : { clientOffsetUs: clock.offsetUs, clientUncertaintyUs: clock.uncertaintyUs };
  const otherData = {
    session,
    inputs: inputs.length,
    dropped,
    missing,
    startMs: originMs + zeroUs / 1000,
    ...clocks,
  };
  return { traceEvents, displayTimeUnit: 'ms', otherData };
}

interface InputSlice extends Slice {
  readonly segment: SegmentName;
  readonly input: ProfiledInput;
}

function slicesOf(input: ProfiledInput): InputSlice[] {
  const name = inputName(input);
  const args = inputArgs(input);
  return segmentsOf(input).map(({ name: segment, startUs, endUs }) => ({
    segment,
    input,
    name,
    startUs,
    endUs,
    args,
  }));
}

/** `A+B #12`: what it was, and its seq. */
export function inputName({ kind, buttons, seq }: Pick<ProfiledInput, 'kind' | 'buttons' | 'seq'>): string {
  return `${what(kind, buttons)} #${seq}`;
}

function what(kind: ProfiledInput['kind'], buttons: number | undefined): string {
  switch (kind) {
    case 'press':
      return buttons === undefined || buttons === 0 ? 'wait' : formatButtons(buttons);
    case 'keys':
      return buttons === undefined || buttons === 0 ? 'release keys' : `hold ${formatButtons(buttons)}`;
    default:
      return kind;
  }
}

function inputArgs(input: ProfiledInput): Record<string, unknown> {
  const { seq, kind, status, hold, gap, firstFrame, frames, batch } = input;
  return {
    seq,
    kind,
    status,
    ...(hold !== undefined && { hold }),
    ...(gap !== undefined && { gap }),
    ...(firstFrame !== null && { firstFrame }),
    frames,
    ...batchArgs(batch),
    totalUs: totalUs(input),
  };
}

function batchArgs(batch: ProfiledBatch | undefined): Record<string, unknown> {
  return batch === undefined ? {} : { batch: batch.id, size: batch.size, reason: batch.reason };
}

/** Neighbours that begin and end as one, such as the members of a group on their way in, are one slice. */
function together(slices: readonly InputSlice[]): Slice[] {
  const merged: Slice[] = [];
  let run: InputSlice[] = [];
  for (const slice of slices) {
    const [first] = run;
    if (first !== undefined && !(first.startUs === slice.startUs && first.endUs === slice.endUs)) {
      merged.push(asOne(run));
      run = [];
    }
    run.push(slice);
  }
  return run.length === 0 ? merged : [...merged, asOne(run)];
}

function asOne(run: readonly InputSlice[]): Slice {
  const [first] = run;
  const last = run.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('a run has at least one slice');
  if (run.length === 1) return first;
  const { startUs, endUs, input } = first;
  const name = `${inputName(input)} … ${inputName(last.input)} (${run.length})`;
  const args = {
    firstSeq: input.seq,
    lastSeq: last.input.seq,
    inputs: run.length,
    frames: run.reduce((frames, slice) => frames + slice.input.frames, 0),
    ...batchArgs(input.batch),
  };
  return { name, startUs, endUs, args };
}

/** Each batch from when its first input waited to when its last ack left, and in it where that time went. */
function batchSlices(inputs: readonly ProfiledInput[]): Slice[] {
  const batches = new Map<number, ProfiledInput[]>();
  for (const input of inputs) {
    if (input.batch === undefined) continue;
    const members = batches.get(input.batch.id);
    if (members === undefined) batches.set(input.batch.id, [input]);
    else members.push(input);
  }
  return [...batches.values()].flatMap((members) => batchSlice(members) ?? []);
}

function batchSlice(members: readonly ProfiledInput[]): Slice | undefined {
  const [first] = members;
  const last = members.at(-1);
  const batch = first?.batch;
  if (first === undefined || last === undefined || batch === undefined) return undefined;
  const { queued, flushed, driverStart } = first.at;
  const { end, settled, acked } = last.at;
  const began =
    driverStart === undefined
      ? [part('emulator', flushed, settled)]
      : [part('to the emulator', flushed, driverStart)];
  const frames = together(
    members.flatMap((input) => slicesOf(input).filter(({ segment }) => segment === 'frames')),
  );
  const children = oneAfterAnother([
    ...part('queue', queued, flushed),
    ...began.flat(),
    ...frames,
    ...part('back', end, settled),
    ...part('ack', settled, acked),
  ]);
  const startUs = children[0]?.startUs;
  const endUs = children.at(-1)?.endUs;
  if (startUs === undefined || endUs === undefined) return undefined;
  const name = `batch ${batch.id}: ${batch.size} ${batch.reason}`;
  const args = { ...batchArgs(batch), firstSeq: first.seq, lastSeq: last.seq, inputs: members.length };
  return { name, startUs, endUs, args, children };
}

/** What a gateway says may be anything: a slice begins when the one before has ended. */
function oneAfterAnother(slices: readonly Slice[]): Slice[] {
  let atUs = -Infinity;
  return slices.map((slice) => {
    const startUs = Math.max(atUs, slice.startUs);
    atUs = Math.max(startUs, slice.endUs);
    return { ...slice, startUs, endUs: atUs };
  });
}

function part(name: string, startUs: number | undefined, endUs: number | undefined): Slice[] {
  return startUs === undefined || endUs === undefined ? [] : [{ name, startUs, endUs, args: {} }];
}

function threadsOf({ name, slices }: Lane): Lane[] {
  return layOut(slices).map((lane, index) => ({
    name: index === 0 ? name : `${name} (${index + 1})`,
    slices: lane,
  }));
}

function eventsOf(slice: Slice, tid: number, zeroUs: number): Extract<TraceEvent, { ph: 'X' }>[] {
  const { name, startUs, endUs, args, children = [] } = slice;
  const event = {
    ph: 'X',
    name,
    cat: 'input',
    ts: startUs - zeroUs,
    dur: endUs - startUs,
    pid: PID,
    tid,
    args,
  } as const;
  return [event, ...children.flatMap((child) => eventsOf(child, tid, zeroUs))];
}

function processName(name: string): TraceEvent {
  return { ph: 'M', name: 'process_name', ts: 0, pid: PID, tid: 0, args: { name } };
}

function threadNames(name: string, tid: number): TraceEvent[] {
  return [
    { ph: 'M', name: 'thread_name', ts: 0, pid: PID, tid, args: { name } },
    { ph: 'M', name: 'thread_sort_index', ts: 0, pid: PID, tid, args: { sort_index: tid } },
  ];
}
