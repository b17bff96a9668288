// A clock that is put forward meanwhile, or a machine that slept, is noticed by then.
const LOOK_MS = 60_000;

/** Epoch milliseconds by a clock that nobody sets: it was right when the process started. */
export const steadyNowMs = (): number => performance.timeOrigin + performance.now();

/**
 * Waits until the clock shows `timeMs`, and not much longer than that is away now: a clock that was ahead and is put right must
 * not make the wait longer.
 *
 * @throws the abort reason, also when it aborts meanwhile.
 */
export async function sleepUntil(timeMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const endMs = steadyNowMs() + timeMs - Date.now();
  const restMs = (): number => {
    const [byClockMs, steadyMs] = [timeMs - Date.now(), endMs - steadyNowMs()];
    // Clocks drift a little: whoever waits for a time of day must not wake just before it.
    return byClockMs > steadyMs + LOOK_MS ? steadyMs : byClockMs;
  };
  for (let rest = restMs(); rest > 0; rest = restMs()) {
    await delay(Math.min(rest, LOOK_MS), signal);
    signal.throwIfAborted();
  }
}

/** Ends also when the signal aborts. Not that of `node:timers/promises`, which tests cannot put forward. */
function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
