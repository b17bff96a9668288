import { type Attempt, sleepUntil } from '@regfleet/fleet';

// For what was aborted to come to its end; a handler that ignores its signal must not keep the process.
const END_MS = 5_000;

interface GraceOptions {
  /** Takes no more. */
  stop(): void;
  /** What is under way. */
  attempts(): readonly Attempt[];
  /** Gives up what did not end though it was aborted. */
  abandon(): void;
}

/** How a consumer ends. */
export interface Grace {
  /** Takes no more, lets what is under way go on for so long, then aborts it. Only the first call says how long, unless one says 0. */
  end(graceMs: number): Promise<void>;
  /** Resolves when that is over. */
  readonly ended: Promise<void>;
  /** To be called when something has ended. */
  look(): void;
}

export function graceful({ stop, attempts, abandon }: GraceOptions): Grace {
  let ending: Promise<void> | undefined;
  const idle = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const hurry = new AbortController();
  const look = (): void => {
    if (ending !== undefined && attempts().length === 0) idle.resolve();
  };
  const idleWithin = async (ms: number, signal: AbortSignal): Promise<void> => {
    const timer = new AbortController();
    const either = AbortSignal.any([timer.signal, signal]);
    await Promise.race([idle.promise, sleepUntil(Date.now() + ms, either).catch(() => undefined)]);
    timer.abort();
  };
  const end = async (graceMs: number): Promise<void> => {
    stop();
    if (graceMs > 0 && attempts().length > 0) await idleWithin(graceMs, hurry.signal);
    for (const attempt of attempts()) attempt.abort('shutdown');
    if (attempts().length > 0) await idleWithin(END_MS, new AbortController().signal);
    abandon();
    ended.resolve();
  };
  return {
    end(graceMs) {
      if (graceMs === 0) hurry.abort();
      // Noted before anything ends by it.
      const begun = Promise.withResolvers<void>();
      if (ending === undefined) {
        ending = begun.promise;
        begun.resolve(end(graceMs));
      }
      return ending;
    },
    ended: ended.promise,
    look,
  };
}
