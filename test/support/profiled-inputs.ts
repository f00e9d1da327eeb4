/** Inputs with their stages, arbitrary ones, and as rows to be encoded. */
import fc from 'fast-check';
import {
  CELL,
  kindCell,
  reasonCell,
  ROW_CELLS,
  type Rows,
  stageCell,
  statusCell,
} from '../../shared/profile/encode.ts';
import { INPUT_KINDS, type ProfiledBatch, type ProfiledInput, STAGES } from '../../shared/profile/input.ts';
import { FLUSH_REASONS, STATUSES } from '../../shared/protocol.ts';

export function rowsOf(inputs: readonly ProfiledInput[]): Rows {
  const rows = inputs.map((input) => {
    const cells = Array.from({ length: ROW_CELLS }, () => Number.NaN);
    cells[CELL.kind] = kindCell(input.kind);
    cells[CELL.status] = statusCell(input.status);
    cells[CELL.buttons] = input.buttons ?? Number.NaN;
    cells[CELL.hold] = input.hold ?? Number.NaN;
    cells[CELL.gap] = input.gap ?? Number.NaN;
    cells[CELL.firstFrame] = input.firstFrame ?? Number.NaN;
    cells[CELL.frames] = input.frames;
    cells[CELL.batch] = input.batch?.id ?? Number.NaN;
    cells[CELL.batchSize] = input.batch?.size ?? Number.NaN;
    cells[CELL.batchReason] = input.batch === undefined ? Number.NaN : reasonCell(input.batch.reason);
    for (const stage of STAGES) cells[stageCell(stage)] = (input.at[stage] ?? Number.NaN) / 1000;
    return cells;
  });
  return { length: rows.length, cell: (row, cell) => rows[row]?.[cell] ?? Number.NaN };
}

/** Inputs of consecutive seqs, whose stages come one after the other; some stages may be absent. */
export function arbitraryInputs(firstSeq = 1): fc.Arbitrary<ProfiledInput[]> {
  return fc.array(fc.tuple(what, stages, fc.nat(5_000_000)), { maxLength: 40 }).map((made) => {
    let batch: ProfiledBatch | undefined;
    return made.map(([content, { startUs, steps, absent }, laterUs], index) => {
      const { batchOf, ...input } = content;
      if (batchOf !== undefined) batch = { id: (batch?.id ?? 0) + 1, ...batchOf };
      return {
        seq: firstSeq + index,
        ...input,
        batch: input.kind === 'unsent' ? undefined : batch,
        at: timesOf(startUs + laterUs, steps, absent),
      };
    });
  });
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const what = fc.record({
  kind: fc.constantFrom(...INPUT_KINDS),
  status: fc.constantFrom(...STATUSES),
  buttons: maybe(fc.nat(0x3ff)),
  hold: maybe(fc.nat(36_000)),
  gap: maybe(fc.nat(36_000)),
  firstFrame: fc.option(fc.nat(1_000_000_000), { nil: null }),
  frames: fc.nat(72_000),
  batchOf: maybe(
    fc.record({ size: fc.integer({ min: 1, max: 1024 }), reason: fc.constantFrom(...FLUSH_REASONS) }),
  ),
});

const stages = fc.record({
  startUs: fc.nat({ max: 2 ** 40 }),
  steps: fc.array(fc.nat(1_000_000), { minLength: STAGES.length, maxLength: STAGES.length }),
  absent: fc.array(fc.boolean(), { minLength: STAGES.length, maxLength: STAGES.length }),
});

function timesOf(startUs: number, steps: readonly number[], absent: readonly boolean[]): ProfiledInput['at'] {
  let us = startUs;
  const times = STAGES.map((stage, index) => {
    us += steps[index] ?? 0;
    return [stage, absent[index] === true ? undefined : us] as const;
  });
  return Object.fromEntries(times.filter(([, at]) => at !== undefined));
}
