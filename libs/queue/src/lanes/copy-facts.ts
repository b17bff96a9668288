import type { JobFacts } from '@regfleet/fleet';
import type { SeenTarget } from '@regfleet/model';
import type { Job } from 'bullmq';
import { handedBackMs, jobFacts } from '../jobs/job-facts.ts';
import type { CopyWork } from '../jobs/payload.ts';

const NO_BACKOFF = { backoffMs: 0, maxBackoffMs: 0 };

/** How long ago the copy was handed back first; absent: it was not. @param work - absent: the job could not be read. */
export function handedBackFor(job: Job, work: CopyWork | undefined): number | undefined {
  const nowMs = Date.now();
  return handedBackMs(work?.handedBackAtMs, jobFacts(job, nowMs).ageMs, nowMs);
}

// A repository that is filled by others meanwhile is asked again.
const SEEN_MS = 10 * 60_000;

/** What the comparison saw of the target, where it may still hold: nobody has begun the copy, and the job did not wait for long. */
export function seenTargetOf(job: Job, work: CopyWork): SeenTarget | undefined {
  const { lack } = work;
  if (lack === undefined || job.attemptsStarted > 1) return undefined;
  const ageMs = lack.beforeMs + jobFacts(job, Date.now()).ageMs;
  if (!(ageMs >= 0 && ageMs < SEEN_MS)) return undefined;
  return { head: undefined, isNewRepository: lack.isNewRepository };
}

/** What the rules are told of a copy. @param work - absent: the job could not be read. */
export function jobFactsOf(job: Job, work: CopyWork | undefined): JobFacts {
  const { backoffMs, maxBackoffMs } = work ?? NO_BACKOFF;
  return {
    ...jobFacts(job, Date.now()),
    handedBackMs: handedBackFor(job, work) ?? 0,
    backoffMs,
    maxBackoffMs,
  };
}
