/**
 * Maps with up to `limit` calls under way and yields their results in the order of the source. Nothing is started
 * beyond what is asked for: a consumer that stops reading stops the source.
 */
export async function* mapInOrder<T, U>(
  source: AsyncIterable<T> | Iterable<T>,
  limit: number,
  map: (item: T) => Promise<U>,
): AsyncGenerator<U, void, undefined> {
  const iterator = (async function* () {
    yield* source;
  })();
  const running: Promise<U>[] = [];
  let isOver = false;
  try {
    for (;;) {
      while (!isOver && running.length < limit) {
        const next = await iterator.next();
        if (next.done === true) {
          isOver = true;
        } else {
          const result = map(next.value);
          // It is awaited in its turn; until then a failure is nobody's surprise.
          result.catch(() => undefined);
          running.push(result);
        }
      }
      const first = running.shift();
      if (first === undefined) return;
      yield await first;
    }
  } finally {
    await iterator.return();
  }
}
