export interface MapOrderedOptions<T> {
  /** Results that are worked on or wait for their turn. */
  readonly limit: number;
  /** What holding an item costs, and how much may be held together; one item is always let through. */
  readonly weigh?: (item: T) => number;
  readonly maxWeight?: number;
}

/**
 * Maps a stream side by side and gives the results in the order of the stream. Work goes on while the caller is busy
 * with a result: at most `limit` items are under way.
 */
export async function* mapOrdered<T, R>(
  source: AsyncIterable<T>,
  map: (item: T) => Promise<R>,
  { limit, weigh = () => 0, maxWeight = Infinity }: MapOrderedOptions<T>,
): AsyncGenerator<R, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const window: { readonly result: Promise<R>; readonly weight: number }[] = [];
  let weight = 0;
  let isOver = false;
  try {
    for (;;) {
      while (!isOver && window.length < limit && (window.length === 0 || weight < maxWeight)) {
        const next = await iterator.next();
        if (next.done === true) {
          isOver = true;
          break;
        }
        const entry = { result: map(next.value), weight: weigh(next.value) };
        // Looked at when its turn comes; until then a failure is no unhandled one.
        entry.result.catch(() => undefined);
        weight += entry.weight;
        window.push(entry);
      }
      const first = window.shift();
      if (first === undefined) return;
      const result = await first.result;
      weight -= first.weight;
      yield result;
    }
  } finally {
    await Promise.allSettled(window.map(({ result }) => result));
    await iterator.return?.();
  }
}
