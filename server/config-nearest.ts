/** Guesses which known name a mistyped one was meant to be. */

/** The known name with the fewest edits, if it is near enough to be worth a suggestion. */
function nearest(word: string, known: Iterable<string>): string | undefined {
  const wanted = normal(word);
  let best: { name: string; edits: number } | undefined;
  for (const name of known) {
    const edits = distance(wanted, normal(name));
    if (edits <= Math.max(1, Math.floor(normal(name).length / 3)) && edits < (best?.edits ?? Infinity)) {
      best = { name, edits };
    }
  }
  return best?.name ?? [...known].find((name) => wanted.length > 4 && normal(name).endsWith(wanted));
}

/** `maxBatchSize`, `max-batch-size` and `MAX_BATCH_SIZE` are the same word to a person. */
function normal(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]/g, '');
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment distance). */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(a.length, b.length);
}

/** `; did you mean X?`, or nothing. */
export function suggestion(word: string, known: Iterable<string>): string {
  const name = nearest(word, known);
  return name === undefined ? '' : `; did you mean ${name}?`;
}
