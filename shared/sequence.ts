/** Seq arithmetic: what a message's seqs mean to a side that expects `nextSeq`. Pure. */

/**
 * - `next`: take entries from `skip` on (all of them when it is 0); those before are repeats.
 * - `repeat`: every entry was accepted before; answer again.
 * - `gap`: entries from `nextSeq` on are missing; nothing can be taken.
 */
export type Placement =
  | { readonly kind: 'next'; readonly skip: number }
  | { readonly kind: 'repeat' }
  | { readonly kind: 'gap' };

const NEXT: Placement = { kind: 'next', skip: 0 };
const REPEAT: Placement = { kind: 'repeat' };
const GAP: Placement = { kind: 'gap' };

/** Places the `count` entries from `firstSeq` on (invariants I1, I4). */
export function place(firstSeq: number, count: number, nextSeq: number): Placement {
  if (firstSeq === nextSeq) return NEXT;
  if (firstSeq > nextSeq) return GAP;
  return firstSeq + count <= nextSeq ? REPEAT : { kind: 'next', skip: nextSeq - firstSeq };
}
