/**
 * Results of `work` over `items`, in their order, with at most `width` under way.
 *
 * Takes the next item only when a result was handed out, so that an endless or large input stays bounded. A result that is there
 * is handed out while the next item is waited for. Where the input fails, the results of what it had given before come first.
 */
export async function* orderedWindow<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  const input = started(items, work);
  let coming: Promise<IteratorResult<Started<Result>>> | undefined;
  let isOver = false;
  try {
    for (;;) {
      if (!isOver && underWay.length < width) coming ??= input.next();
      const [first] = underWay;
      if (coming === undefined && first === undefined) return;
      const item = await itemBefore(coming, first);
      if (item === undefined) {
        yield await shift(underWay);
        continue;
      }
      coming = undefined;
      if (item.done) isOver = true;
      else underWay.push(item.value.result);
    }
  } finally {
    // An input that is waited for may take long: whoever wants no more of it does not wait for it.
    const leaving = input.return(undefined);
    if (coming === undefined) await leaving;
    else leaving.catch(() => undefined);
    await Promise.allSettled(underWay);
  }
}

interface Started<Result> {
  readonly result: Promise<Result>;
}

/** Absent: the first result under way is there before the next item, or there is none to come. */
async function itemBefore<Result>(
  coming: Promise<IteratorResult<Started<Result>>> | undefined,
  first: Promise<Result> | undefined,
): Promise<IteratorResult<Started<Result>> | undefined> {
  if (coming === undefined || first === undefined) return coming;
  const isThere = (): undefined => undefined;
  return Promise.race([coming, first.then(isThere, isThere)]);
}

/** The failure of the input is the result after the last one. */
async function* started<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Started<Result>, undefined, undefined> {
  try {
    for await (const item of items) yield told(work(item));
  } catch (error) {
    yield told(Promise.reject(error));
  }
}

/** A later result may fail while an earlier one is awaited, or nobody awaits it any more: it is reported when its turn comes. */
function told<Result>(result: Promise<Result>): Started<Result> {
  result.catch(() => undefined);
  return { result };
}

function shift<Result>(queue: Promise<Result>[]): Promise<Result> {
  const first = queue.shift();
  if (first === undefined) throw new RangeError('the window is empty');
  return first;
}
