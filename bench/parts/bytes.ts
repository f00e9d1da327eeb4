/** Bytes of a press and of its ack in every form, with and without deflate; and from what size on deflating is worth its CPU. */
import { makeConfig } from '../../server/config.ts';
import { isWorthDeflating } from '../../server/connection/deflation.ts';
import { encodeServerMessage, type FrameData } from '../../shared/codec.ts';
import type { Encoding, ServerMessage } from '../../shared/protocol.ts';
import type { Bench } from '../bench.ts';
import { short } from '../report/figures.ts';
import type { PartReport, Verdict } from '../report/report.ts';
import { type Column, Table } from '../report/table.ts';
import { gameMessages } from './game-messages.ts';
import { ack, ackFrames, FORM_LABELS, type Form, inputFrames } from './route-messages.ts';
import { type Carried, type Direction, WsLine } from './ws-line.ts';

const COUNTS = [8, 100, 1000] as const;
const ENCODINGS = ['msgpack', 'json'] as const;
/** Frames of which one measurement of the CPU is the mean, and measurements of which the least counts: what disturbs can only add. */
const TIMES = 30;
const QUICK_TIMES = 8;
const TRIES = 3;
/** Lines up to this rate are to gain by what the gateway deflates, in Mbit/s. */
const GAINS_MBPS = 50;

const BYTE_COLUMNS: readonly Column[] = COUNTS.flatMap((count): Column[] => [
  { name: `plain_${count}`, title: `${count} presses`, better: 'less', ratio: 'none' },
  { name: `deflated_${count}`, title: 'deflated', better: 'less', ratio: 'none' },
]);
const DEFLATE_COLUMNS: readonly Column[] = [
  { name: 'bytes', title: 'bytes', better: 'less', ratio: 'none' },
  { name: 'deflated', title: 'deflated', better: 'less', ratio: 'none' },
  { name: 'cpu', title: 'CPU µs more, both sides', better: 'less', ratio: 'none' },
  { name: 'mbps', title: 'gains below Mbit/s', better: 'more', ratio: 'none' },
];

/** A frame that is sent plain and deflated. */
interface Sample {
  readonly name: string;
  readonly label: string;
  readonly direction: Direction;
  readonly frame: FrameData;
  /** Whether the gateway would deflate it. */
  readonly ruled: boolean;
}

export async function bytes(bench: Bench): Promise<PartReport> {
  using line = await WsLine.open();
  const inputs = await inputTable(line);
  const acks = await ackTable(line);
  const server = await bench.startServer({ kind: 'gateway', driver: 'embedded' });
  const samples = ENCODINGS.flatMap((encoding) => routeSamples(encoding));
  const game = await gameMessages(server.port);
  for (const { name, label, message } of game) {
    for (const encoding of ENCODINGS) samples.push(down(name, label, message, encoding));
  }
  const deflate = new Table({
    name: 'bytes_deflate',
    title: 'one message',
    columns: DEFLATE_COLUMNS,
    labels: Object.fromEntries(samples.map(({ name, label }) => [name, label])),
  });
  await bench.inRounds(
    'bytes',
    async ({ add }) => {
      const times = bench.quick ? QUICK_TIMES : TIMES;
      for (const sample of samples) add(deflate, sample.name, await cost(line, sample, times));
    },
    { aside: true },
  );
  return {
    name: 'bytes',
    title: 'Bytes on the line, and what deflating them is worth',
    tables: [inputs, acks, deflate],
    verdicts: [deflateVerdict(deflate, samples)],
    notes: [
      'Bytes of WebSocket frames, headers and masks included, counted at the socket. A message gains by being deflated on lines slower than the rate at which the bytes it saves take as long as the CPU that it costs.',
    ],
    faults: [...bench.faults.splice(0), ...(await server.process.call('errors'))],
  };
}

/** Bytes a press from the client to the gateway. */
async function inputTable(line: WsLine): Promise<Table> {
  const forms = Object.keys(FORM_LABELS).filter((name): name is Form => name in FORM_LABELS);
  const rows = ENCODINGS.flatMap((encoding) =>
    forms.map((form) => ({
      name: `${form}_${encoding}`,
      label: `${FORM_LABELS[form]}, ${encoding}`,
      frames: (count: number) => inputFrames(form, count, encoding),
    })),
  );
  return await byteTable(line, 'up', 'bytes_input', 'bytes a press, to the gateway', rows);
}

/** Bytes a press from the gateway to the client. */
async function ackTable(line: WsLine): Promise<Table> {
  const rows = ENCODINGS.flatMap((encoding) =>
    [false, true].map((together) => ({
      name: `${together ? 'together' : 'each'}_${encoding}`,
      label: `${together ? 'one ack for the batch' : 'an ack each'}, ${encoding}`,
      frames: (count: number) => ackFrames(count, together, encoding),
    })),
  );
  return await byteTable(line, 'down', 'bytes_ack', 'bytes a press, to the client', rows);
}

interface ByteRow {
  readonly name: string;
  readonly label: string;
  readonly frames: (count: number) => FrameData[];
}

async function byteTable(
  line: WsLine,
  direction: Direction,
  name: string,
  title: string,
  rows: readonly ByteRow[],
): Promise<Table> {
  const labels = Object.fromEntries(rows.map((row) => [row.name, row.label]));
  const table = new Table({ name, title, columns: BYTE_COLUMNS, labels });
  for (const row of rows) {
    for (const count of COUNTS) {
      const frames = row.frames(count);
      const plain = await line.carry(direction, frames, false);
      const deflated = await line.carry(direction, frames, true);
      table.add(row.name, {
        [`plain_${count}`]: plain.bytes / count,
        [`deflated_${count}`]: deflated.bytes / count,
      });
    }
  }
  return table;
}

function routeSamples(encoding: Encoding): Sample[] {
  const up = (form: Form, count: number): Sample => ({
    name: `${form}_${count}_${encoding}`,
    label: `to the gateway: ${FORM_LABELS[form]} of ${count}, ${encoding}`,
    direction: 'up',
    frame: inputFrames(form, count, encoding)[0] ?? '',
    ruled: false,
  });
  const acks = [8, 32, 100, 200, 400, 1000].map((size) =>
    down(`ack_${size}`, `ack of ${size}`, ack(0, size), encoding),
  );
  const observed = [32, 100, 400].map((size) =>
    down(`observed_${size}`, `ack of ${size}, each with 4 bytes of memory`, ack(0, size, 4), encoding),
  );
  const forms = [100, 1000].flatMap((count) => [up('group', count), up('script_names', count)]);
  return [...forms, ...acks, ...observed];
}

function down(name: string, label: string, message: ServerMessage, encoding: Encoding): Sample {
  const { compressFromBytes } = makeConfig({});
  const frame = encodeServerMessage(message, encoding);
  return {
    name: `${name}_${encoding}`,
    label: `${label}, ${encoding}`,
    direction: 'down',
    frame,
    ruled: isWorthDeflating(message, frame.length, compressFromBytes),
  };
}

async function cost(
  line: WsLine,
  { direction, frame }: Sample,
  times: number,
): Promise<Readonly<Record<string, number>>> {
  const frames = Array.from({ length: times }, () => frame);
  const best = async (deflate: boolean): Promise<Carried> => {
    const tries: Carried[] = [];
    for (let i = 0; i < TRIES; i++) tries.push(await line.carry(direction, frames, deflate));
    return {
      bytes: Math.min(...tries.map(({ bytes: each }) => each)) / times,
      cpuUs: Math.min(...tries.map(({ cpuUs }) => cpuUs)) / times,
    };
  };
  const plain = await best(false);
  const deflated = await best(true);
  const cpu = deflated.cpuUs - plain.cpuUs;
  const saved = plain.bytes - deflated.bytes;
  return {
    bytes: plain.bytes,
    deflated: deflated.bytes,
    cpu,
    // Bits a µs are Mbit/s.
    mbps: saved > 0 ? (saved * 8) / Math.max(1, cpu) : 0,
  };
}

function deflateVerdict(table: Table, samples: readonly Sample[]): Verdict {
  const ruled = samples
    .filter((sample) => sample.ruled)
    .map(({ name, label }) => ({ label, mbps: table.spread(name, 'mbps').median }))
    .toSorted((a, b) => a.mbps - b.mbps);
  const [least] = ruled;
  return {
    name: 'bytes_deflate',
    claim: `what the gateway deflates, where that is turned on, gains on lines of ${GAINS_MBPS} Mbit/s`,
    holds: least !== undefined && least.mbps >= GAINS_MBPS,
    measured: `${ruled.length} kinds; the least: ${least?.label ?? 'none'}, below ${short(least?.mbps ?? 0)} Mbit/s`,
  };
}
