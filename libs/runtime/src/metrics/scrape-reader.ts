import { inTime } from '@regfleet/model';

// Below the 10 s that Prometheus waits for a scrape by default: the other metrics must get through without Redis.
const DEADLINE_MS = 3_000;

// An answer that never comes must not keep the metrics from being read for good.
const LOST_MS = 5 * 60_000;

/**
 * Reads what a scrape tells. Scrapes at once, and those that come while an earlier reading is still without an answer, share it:
 * where Redis is away for hours, what waits for it must not grow by every scrape.
 *
 * @param onError - told of a reading that fails or takes longer than a scrape may; of such alike in a row of one only.
 * @returns nothing then.
 */
export function scrapeReader<Result>(
  read: () => Promise<Result>,
  onError: (error: unknown) => void,
): () => Promise<Result | undefined> {
  let told: string | undefined;
  let last: { readonly reading: Promise<Result>; readonly lostAtMs: number } | undefined;
  const begin = (): NonNullable<typeof last> => {
    const begun = {
      reading: read().finally(() => {
        if (last === begun) last = undefined;
      }),
      lostAtMs: performance.now() + LOST_MS,
    };
    return begun;
  };
  return async () => {
    if (last === undefined || performance.now() > last.lostAtMs) last = begin();
    const { reading } = last;
    try {
      const result = await inTime(DEADLINE_MS, late, () => reading);
      told = undefined;
      return result;
    } catch (error) {
      if (told !== String(error)) onError(error);
      told = String(error);
      return undefined;
    }
  };
}

const late = (): Error => new Error(`no answer within ${DEADLINE_MS} ms`);
