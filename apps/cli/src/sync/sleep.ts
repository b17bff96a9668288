import { setTimeout as delay } from 'node:timers/promises';

// setTimeout takes longer waits for none at all.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws the abort reason, also when it aborts meanwhile. */
export async function sleepUntil(timeMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  for (let restMs = timeMs - Date.now(); restMs > 0; restMs = timeMs - Date.now()) {
    try {
      await delay(Math.min(restMs, LONGEST_TIMEOUT_MS), undefined, { signal });
    } catch {
      signal.throwIfAborted();
    }
  }
}
