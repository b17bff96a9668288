/**
 * Results of `work` over `items`, in their order, with at most `width` under way.
 *
 * Takes the next item only when a result was handed out, so that an endless or large input stays bounded.
 */
export async function* orderedWindow<Item, Result>(
  items: AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
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

function shift<Result>(queue: Promise<Result>[]): Promise<Result> {
  const first = queue.shift();
  if (first === undefined) throw new RangeError('the window is empty');
  return first;
}
