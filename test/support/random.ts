/** Repeatable randomness: a generator whose seed a failing test prints, and which can be given one. */

export interface Random {
  readonly seed: number;
  /** An integer from 0 up to, not including, `below`. */
  below(limit: number): number;
  /** One of the items. */
  pick<T>(items: readonly [T, ...T[]]): T;
}

/** @param seed from JOYWIRE_TEST_SEED, or else from the time */
export function random(seed = Number(process.env['JOYWIRE_TEST_SEED'] ?? Date.now() % 2 ** 31)): Random {
  let state = seed >>> 0;
  // mulberry32: 32 bits of state are plenty for choosing test input.
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return { seed, below, pick: (items) => items[below(items.length)] ?? items[0] };
}
