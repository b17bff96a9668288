import {
  beginsWait,
  type CopyVerdict,
  type LaneParts,
  type RateLimitPauses,
  type Sides,
  steadyNowMs,
} from '@regfleet/fleet';
import type { SyncError } from '@regfleet/model';
import type { CopyQueue } from './copy-queue.ts';
import type { LocalCopy } from './local-copy.ts';

export const sidesOf = ({ source, target }: LaneParts): Sides => ({ source, target });

interface Means {
  readonly copies: CopyQueue;
  readonly pauses: RateLimitPauses;
  /** When the try began, by `steadyNowMs`. */
  readonly beganAtMs: number;
}

/** Does what the rules say. @returns the verdict that stands: a registry that refuses too often is not waited for. */
export function carryOut(copy: LocalCopy, verdict: CopyVerdict, means: Means): CopyVerdict {
  const { copies } = means;
  if (beginsWait(verdict)) copy.deferredAtMs ??= steadyNowMs();
  switch (verdict.verdict) {
    case 'done':
      means.pauses.taken(sidesOf(copy.parts), 'copy');
      copies.end(copy, verdict.result);
      return verdict;
    case 'fail':
      return fail(copy, verdict.error, means);
    case 'retry':
      copy.attempt += 1;
      void copies.again(copy, verdict.delayMs);
      return verdict;
    case 'pause-source':
      return leaveAlone(copy, { verdict, error: verdict.error }, means);
    case 'defer':
      return defer(copy, verdict, means);
    case 'drop':
      copies.end(copy, { outcome: 'skipped' });
      return verdict;
  }
}

function fail(copy: LocalCopy, error: SyncError, { copies }: Means): CopyVerdict {
  copies.end(copy, { outcome: 'failed', error });
  return { verdict: 'fail', error };
}

/** All copies from or to that registry wait, this one too. */
function leaveAlone(
  copy: LocalCopy,
  { verdict, error }: { verdict: CopyVerdict; error: SyncError },
  means: Means,
): CopyVerdict {
  const { pauses, beganAtMs, copies } = means;
  if (!pauses.begin(error, { sides: sidesOf(copy.parts), kind: 'copy', beganAtMs }))
    return fail(copy, error, means);
  void copies.again(copy, 0);
  return verdict;
}

function defer(
  copy: LocalCopy,
  verdict: Extract<CopyVerdict, { verdict: 'defer' }>,
  means: Means,
): CopyVerdict {
  const { cause, reason, error, delayMs } = verdict;
  if (cause === 'registry' && error !== undefined) return leaveAlone(copy, { verdict, error }, means);
  // Other reasons to abort leave the process as it was.
  if (cause === 'abort' && reason === 'shutdown') means.copies.end(copy, { outcome: 'interrupted' });
  else {
    if (cause === 'taker') copy.handedBackAtMs ??= steadyNowMs();
    void means.copies.again(copy, delayMs);
  }
  return verdict;
}
