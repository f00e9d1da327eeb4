/** What became of each press: its frame, and where its time went. Pure. */
import type { EntryOutcome } from '../../index.ts';

/** One change of the held buttons, answered. Times in ms. */
export interface Press {
  readonly seq: number;
  /** The buttons held from now on. */
  readonly mask: number;
  /** The buttons that this press pushed down, and those it let go. */
  readonly down: number;
  readonly up: number;
  readonly status: EntryOutcome['status'];
  /** The frame it took effect on; null if none is known. */
  readonly frame: number | null;
  readonly split: Split | undefined;
}

/**
 * Where the time went. The gateway measures what happens inside of it; the rest is the way there and back, of which nobody can
 * measure each direction by itself, so both count as half.
 */
export interface Split {
  readonly toGatewayMs: number;
  readonly queueMs: number;
  readonly emulatorMs: number;
  readonly backMs: number;
  readonly totalMs: number;
}

/** @param totalMs from the key to the ack */
export function splitOf(totalMs: number, batch: EntryOutcome['batch']): Split | undefined {
  if (batch === undefined) return undefined;
  const queueMs = batch.queuedUs / 1000;
  const emulatorMs = batch.driverUs / 1000;
  const wayMs = Math.max(0, totalMs - queueMs - emulatorMs) / 2;
  return { toGatewayMs: wayMs, queueMs, emulatorMs, backMs: wayMs, totalMs };
}

export function pressOf(before: number, mask: number, outcome: EntryOutcome, totalMs: number): Press {
  return {
    seq: outcome.seq,
    mask,
    down: mask & ~before,
    up: before & ~mask,
    status: outcome.status,
    frame: outcome.firstFrame,
    split: splitOf(totalMs, outcome.batch),
  };
}

/** Presses shown; older ones are forgotten. */
const KEPT = 100;

/** The newest first. */
export function withPress(presses: readonly Press[], press: Press): readonly Press[] {
  return [press, ...presses.slice(0, KEPT - 1)];
}

/** The median time from key to ack of the latest presses, in ms; undefined without any. */
export function medianTotalMs(presses: readonly Press[], latest = 20): number | undefined {
  const totals = presses
    .slice(0, latest)
    .flatMap(({ split }) => (split === undefined ? [] : [split.totalMs]))
    .toSorted((a, b) => a - b);
  return totals[Math.floor(totals.length / 2)];
}
