/** Profiled inputs -> the flat arrays of a payload. */
import { FLUSH_REASONS, STATUSES } from '../protocol.ts';
import { INPUT_KINDS, type ProfilePayload, type Stage, STAGES } from './input.ts';

/** Cells of a row as it is recorded; NaN where there is nothing. The stages follow, in ms on the gateway's clock. */
export const CELL = {
  kind: 0,
  status: 1,
  buttons: 2,
  hold: 3,
  gap: 4,
  firstFrame: 5,
  frames: 6,
  batch: 7,
  batchSize: 8,
  batchReason: 9,
} as const;
const FIRST_STAGE = 10;
export const ROW_CELLS = FIRST_STAGE + STAGES.length;

/** Numbers of an input before its stages: kind and status, buttons, hold, gap, first frame, frames, batch. */
export const INPUT_FIELDS = 7;
export const BATCH_FIELDS = 3;

/** The cell of a stage. */
export function stageCell(stage: Stage): number {
  return FIRST_STAGE + STAGES.indexOf(stage);
}

/** Rows of consecutive seqs. */
export interface Rows {
  readonly length: number;
  /** A cell of the row at this place, from 0. */
  cell(row: number, cell: number): number;
}

export interface EncodedInputs {
  readonly batches: readonly number[];
  readonly inputs: readonly (number | null)[];
}

/**
 * The payload for the rows. Of each input the numbers of `INPUT_FIELDS`, then for each stage the µs since the stage before that it
 * has; of its first stage since the first stage of the input before.
 */
export function encodeProfile(
  head: Omit<ProfilePayload, 'inputs'>,
  rows: Rows,
): Omit<ProfilePayload, 'inputs'> & EncodedInputs {
  return { ...head, ...encodeInputs(rows, head.stages.map(stageCell)) };
}

function encodeInputs(rows: Rows, stages: readonly number[]): EncodedInputs {
  const batches: number[] = [];
  const inputs: (number | null)[] = [];
  let batch = Number.NaN;
  let nextFrame = 0;
  let beganUs = 0;
  for (let row = 0; row < rows.length; row++) {
    const id = rows.cell(row, CELL.batch);
    if (id >= 0 && id !== batch) {
      batch = id;
      batches.push(id, rows.cell(row, CELL.batchSize), rows.cell(row, CELL.batchReason));
    }
    const firstFrame = rows.cell(row, CELL.firstFrame);
    const frames = rows.cell(row, CELL.frames);
    inputs.push(
      rows.cell(row, CELL.kind) * STATUSES.length + rows.cell(row, CELL.status),
      orNull(rows.cell(row, CELL.buttons)),
      orNull(rows.cell(row, CELL.hold)),
      orNull(rows.cell(row, CELL.gap)),
      orNull(firstFrame - nextFrame),
      frames,
      id >= 0 ? batches.length / BATCH_FIELDS - 1 : null,
    );
    if (firstFrame >= 0) nextFrame = firstFrame + frames;
    beganUs = pushStages(inputs, rows, row, stages, beganUs);
  }
  return { batches, inputs };
}

/** @returns when the input's first stage was, for the next one */
function pushStages(
  to: (number | null)[],
  rows: Rows,
  row: number,
  stages: readonly number[],
  beganUs: number,
): number {
  let beforeUs = beganUs;
  let firstUs = Number.NaN;
  for (const cell of stages) {
    const atMs = rows.cell(row, cell);
    if (atMs >= 0) {
      // Rounded before it is subtracted, so that the parts add up to the whole.
      const atUs = Math.round(atMs * 1000);
      to.push(atUs - beforeUs);
      beforeUs = atUs;
      if (!(firstUs >= 0)) firstUs = atUs;
    } else to.push(null);
  }
  return firstUs >= 0 ? firstUs : beganUs;
}

function orNull(cell: number): number | null {
  return Number.isNaN(cell) ? null : cell;
}

/** The cells for words of a profile. */
export const kindCell = (kind: (typeof INPUT_KINDS)[number]): number => INPUT_KINDS.indexOf(kind);
export const statusCell = (status: (typeof STATUSES)[number]): number => STATUSES.indexOf(status);
export const reasonCell = (reason: (typeof FLUSH_REASONS)[number]): number => FLUSH_REASONS.indexOf(reason);
