import { type BackoffBounds, type Location, type SyncError, toSyncError } from '@regfleet/model';
import type { Outages } from '../outages/outages.ts';
import { decideVerdict, type JobContext } from '../verdict.ts';
import type { RateLimitPauses, Sides, WorkKind } from './rate-limit-pauses.ts';
import { sleepUntil, steadyNowMs } from './sleep.ts';

/** How often a piece of work is tried, and the waits between. */
export interface Retries extends BackoffBounds {
  /** Tries in all, the first one included. */
  readonly attempts: number;
}

export interface AttemptOptions extends Pick<JobContext, 'idle'> {
  readonly kind: WorkKind;
  readonly sides: Sides;
  readonly pauses: RateLimitPauses;
  readonly retries: Retries;
  readonly signal: AbortSignal;
  /** Waits for a registry that is down, and whose it is that is asked; absent: that counts as any failure. */
  readonly outages?: { readonly known: Pick<Outages, OutageUse>; readonly location: Location };
  onRetry(error: SyncError, delayMs: number): void;
  /**
   * Gets room for one try, and gives it back by what it returns; absent: there is room.
   *
   * Waits hold no room.
   */
  enter?(): Promise<() => void>;
}

type OutageUse = 'worked' | 'judge' | 'isHeld' | 'lifted';

/** One try after the other of one piece of work. */
interface Course {
  readonly beganAtMs: number;
  /** 1 on the first try. */
  attempt: number;
}

/**
 * Runs `work` until it succeeds, fails for good, or has no tries left: in place, by the rules by which a store repeats a job.
 *
 * @throws {SyncError} of the last try; the abort reason.
 */
export async function withAttempts<Result>(
  options: AttemptOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const { pauses, sides, kind, signal, outages } = options;
  const course: Course = { beganAtMs: steadyNowMs(), attempt: 1 };
  for (;;) {
    const leave = await room(options);
    const beganAtMs = steadyNowMs();
    let error: SyncError;
    try {
      const result = await work();
      pauses.taken(sides, kind);
      outages?.known.worked(outages.location, { tookMs: steadyNowMs() - beganAtMs, endedThere: true });
      return result;
    } catch (failure) {
      signal.throwIfAborted();
      error = toSyncError(failure);
    } finally {
      leave();
    }
    if (await waitedOut(error, options)) continue;
    await untilNextTry(error, { course, beganAtMs, options });
  }
}

/** Room at a time when none of the registries is to be left alone. */
async function room(options: AttemptOptions): Promise<() => void> {
  const { pauses, sides, signal, enter } = options;
  for (;;) {
    if (!pauses.areOver(sides)) await idly(options, () => pauses.over(sides, signal));
    if (isHeld(options)) await untilLifted(options);
    signal.throwIfAborted();
    const leave = (await enter?.()) ?? (() => undefined);
    if (pauses.areOver(sides)) return leave;
    leave();
  }
}

const isHeld = ({ outages }: AttemptOptions): boolean =>
  outages?.known.isHeld(outages.location.registry.host) === true;

async function untilLifted(options: AttemptOptions): Promise<void> {
  const { outages, signal } = options;
  if (outages === undefined) return;
  await idly(options, () => outages.known.lifted(outages.location.registry.host, signal));
}

/** @returns false: the failure counts. */
async function waitedOut(error: SyncError, options: AttemptOptions): Promise<boolean> {
  const { outages, signal } = options;
  if (outages === undefined) return false;
  const { known, location } = outages;
  const wait = await known.judge(error, { source: location }, { signal, isShared: false });
  if (wait === undefined) return false;
  await idly(options, () => sleepUntil(Date.now() + wait.delayMs, signal));
  return true;
}

/** @throws {SyncError} `error` where no further try follows; the abort reason. */
async function untilNextTry(
  error: SyncError,
  { course, beganAtMs, options }: { course: Course; beganAtMs: number; options: AttemptOptions },
): Promise<void> {
  const { sides, kind, signal, retries, pauses } = options;
  const facts = {
    ...retries,
    attempt: course.attempt,
    ageMs: steadyNowMs() - course.beganAtMs,
    handedBackMs: 0,
  };
  const verdict = decideVerdict(error, { facts, signal });
  switch (verdict.verdict) {
    case 'retry': {
      const { delayMs } = verdict;
      course.attempt += 1;
      options.onRetry(error, delayMs);
      return idly(options, () => sleepUntil(Date.now() + delayMs, signal));
    }
    case 'pause-source':
    case 'defer':
      // Waited for before the next try, as all do who talk to that registry.
      if (pauses.begin(error, { sides, kind, beganAtMs })) return;
      throw error;
    case 'fail':
    case 'drop':
      throw error;
  }
}

const idly = ({ idle }: AttemptOptions, wait: () => Promise<void>): Promise<void> =>
  idle === undefined ? wait() : idle(wait);
