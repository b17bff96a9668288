// Below the 10 s that Prometheus waits for a scrape by default: the other metrics must get through without Redis.
const DEADLINE_MS = 3_000;

/** @throws {Error} when `result` takes longer than a scrape may. */
export async function withinScrape<Result>(result: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${DEADLINE_MS} ms`)), DEADLINE_MS);
  try {
    return await Promise.race([result, promise]);
  } finally {
    clearTimeout(timer);
  }
}
