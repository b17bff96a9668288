export interface Bounds {
  /** At most this many at once. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/**
 * Runs `work` over all items, a few at once; the results are in the order of the items.
 *
 * The first failure aborts the others, and is thrown once all of them have ended: nothing goes on behind the caller.
 */
export async function forEachBounded<Item, Result>(
  items: readonly Item[],
  { limit, signal }: Bounds,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const results: Result[] = [];
  const queue = items.entries();
  const runner = async (): Promise<void> => {
    for (const [position, item] of queue) {
      either.throwIfAborted();
      results[position] = await work(item, either);
    }
  };
  const runners = Array.from({ length: Math.min(limit, items.length) }, () =>
    runner().catch((error: unknown) => failure.abort(error)),
  );
  await Promise.all(runners);
  either.throwIfAborted();
  return results;
}
