/** Which rounds of a measurement count: those in which nobody else used the machine. Pure. */

/** Of all cores: what others may use while a round counts as quiet. */
export const QUIET_SHARE = 0.1;

/** One round, and whether it counts. */
export interface RoundLoad {
  readonly part: string;
  /** From 1 on, in the order they were run. */
  readonly round: number;
  /** Share of all cores that other processes used, 0 to 1; null where the system does not say (only Linux does). */
  readonly foreignShare: number | null;
  readonly kept: boolean;
}

/** Whether a round may count without looking for a better one. Where the system says nothing all do. */
export function isQuiet(foreignShare: number | null): boolean {
  return foreignShare === null || foreignShare <= QUIET_SHARE;
}

/** Whether another round is run: until there are enough quiet ones, or the time for more is used up. */
export function wantsAnother(
  foreignShares: readonly (number | null)[],
  wanted: number,
  retryMsLeft: number,
): boolean {
  const quiet = foreignShares.filter(isQuiet).length;
  if (quiet >= wanted) return false;
  return foreignShares.length < wanted || retryMsLeft > 0;
}

/** Which rounds count, by index, in order: the quiet ones; where they are too few, the least disturbed of the others too. */
export function keptRounds(foreignShares: readonly (number | null)[], wanted: number): number[] {
  const disturbance = (share: number | null) => (share === null || isQuiet(share) ? 0 : share);
  return foreignShares
    .map((share, index) => ({ index, disturbance: disturbance(share) }))
    .sort((a, b) => a.disturbance - b.disturbance || a.index - b.index)
    .slice(0, wanted)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}
