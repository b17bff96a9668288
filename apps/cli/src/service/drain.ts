import type { Logger } from '@regfleet/model';
import type { ServicePart } from './part.ts';

// Often enough for somebody who sits before it, and a line a minute or so less than a log minds.
const TELL_MS = 10_000;

/** Lets the parts end what they are at, saying what that is and how long it may take. */
export async function drainAll(
  parts: readonly ServicePart[],
  { logger, graceMs }: { logger: Logger; graceMs: number },
): Promise<void> {
  const endAtMs = performance.now() + graceMs;
  const tell = (): void => {
    const waitsFor = parts.flatMap((part) => part.underWay?.() ?? []);
    if (waitsFor.length === 0) return;
    const seconds = Math.max(0, Math.round((endAtMs - performance.now()) / 1000));
    logger.info(
      { waitsFor },
      `waiting for ${waitsFor.join(' and ')} to end, for ${seconds} s at most; then it is handed back. A second signal ends at once`,
    );
  };
  tell();
  const telling = setInterval(tell, TELL_MS);
  try {
    await Promise.all(parts.map((part) => part.drain()));
  } finally {
    clearInterval(telling);
  }
}
