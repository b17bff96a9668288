/**
 * Results of `work` over `items`, in their order, with at most `width` under way.
 *
 * Takes the next item only when a result was handed out, so that an endless or large input stays bounded. Where the input fails,
 * the results of what it had given before come first.
 */
export async function* orderedWindow<Item, Result>(
  items: AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  try {
    for await (const { result } of started(items, work)) {
      // A later result may fail while an earlier one is awaited; it is reported when its turn comes.
      result.catch(() => undefined);
      underWay.push(result);
      if (underWay.length >= width) yield await shift(underWay);
    }
    while (underWay.length > 0) yield await shift(underWay);
  } finally {
    await Promise.allSettled(underWay);
  }
}

/** The failure of the input is the result after the last one. */
async function* started<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<{ result: Promise<Result> }> {
  try {
    for await (const item of items) yield { result: work(item) };
  } catch (error) {
    yield { result: Promise.reject(error) };
  }
}

function shift<Result>(queue: Promise<Result>[]): Promise<Result> {
  const first = queue.shift();
  if (first === undefined) throw new RangeError('the window is empty');
  return first;
}
