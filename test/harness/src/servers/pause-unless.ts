import { setTimeout as pause } from 'node:timers/promises';

/** Waits so long, or until the signal aborts. */
export async function pauseUnless(ended: AbortSignal | undefined, ms: number): Promise<void> {
  if (ms > 0) await pause(ms, undefined, ended && { signal: ended }).catch(() => undefined);
}
