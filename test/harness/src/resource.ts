/** Something a test started: `stop` may be called any number of times and returns when it is gone. */
export interface Resource extends AsyncDisposable {
  stop(): Promise<void>;
}

/** A resource whose `release` runs once, however often and by whomever `stop` is called. */
export function resource(release: () => Promise<void>): Resource {
  let released: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    released ??= release();
    return released;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}
