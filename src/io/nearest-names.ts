/** Number of single-character insertions, deletions, replacements and swaps of neighbours between two texts. */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (beforePrevious[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

export interface NearestNamesOptions {
  /** How many at most; 3 when left out. */
  readonly limit?: number;
  /** What both sides become before they are compared; lower case when left out. */
  readonly normalize?: (name: string) => string;
}

/** Longer than any name we know: a hostile one must not cost quadratic time. */
const longestComparedName = 128;

/**
 * The candidates that `name` may have been meant to be, nearest first: those whose edit distance is at most a third
 * of the name's length (at least 2). Case does not count.
 */
export function nearestNames(
  name: string,
  candidates: Iterable<string>,
  options: NearestNamesOptions = {},
): string[] {
  const normalize = options.normalize ?? ((text: string) => text.toLowerCase());
  const wanted = normalize(name);
  if (wanted.length > longestComparedName) return [];
  const furthest = Math.max(2, Math.floor(wanted.length / 3));
  return [...candidates]
    .map((candidate) => ({ candidate, distance: editDistance(wanted, normalize(candidate)) }))
    .filter(({ candidate, distance }) => distance <= furthest && distance < normalize(candidate).length)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, options.limit ?? 3)
    .map(({ candidate }) => candidate);
}

/** `a`, `a or b`, `a, b or c`. */
export function orList(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}
