/** What `work` gives; after an abort `work` has `graceMs` to end by itself, then it goes on alone and this is the abort reason. */
export async function endsSoon<Result>(
  work: Promise<Result>,
  { signal, graceMs }: { signal: AbortSignal; graceMs: number },
): Promise<Result> {
  const late = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const abort = (): void => {
    timer = setTimeout(() => late.reject(signal.reason), graceMs);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    clearTimeout(timer);
  }
}
