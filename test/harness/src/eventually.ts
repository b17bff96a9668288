import { setTimeout as pause } from 'node:timers/promises';

export interface EventuallyOptions {
  /** For a hang, not for speed: default 30,000. */
  readonly deadlineMs?: number;
  /** Default 25. */
  readonly intervalMs?: number;
  /** What is waited for, as the error will name it. */
  readonly what?: string;
}

/**
 * The first answer of `probe` that is neither `undefined` nor `false`. A probe that throws is asked again.
 *
 * @throws {Error} naming `what`, with the probe's last error as cause, when the deadline passes.
 */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: EventuallyOptions = {},
): Promise<T> {
  const deadlineMs = options.deadlineMs ?? 30_000;
  const endsAtMs = performance.now() + deadlineMs;
  let lastError: unknown;
  do {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await pause(options.intervalMs ?? 25);
  } while (performance.now() < endsAtMs);
  const why = lastError instanceof Error ? `: ${lastError.message}` : '';
  throw new Error(`not within ${deadlineMs} ms: ${options.what ?? 'what the probe waits for'}${why}`, {
    cause: lastError,
  });
}
