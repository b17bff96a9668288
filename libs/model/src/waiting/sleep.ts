import { setTimeout as pause } from 'node:timers/promises';

/** Waits. @throws the reason of `signal` as soon as that aborts. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
