import type { JobFacts } from '@regfleet/fleet';
import type { Job } from 'bullmq';
import { handedBackMs, jobFacts } from '../jobs/job-facts.ts';
import type { CopyWork } from '../jobs/payload.ts';

const NO_BACKOFF = { backoffMs: 0, maxBackoffMs: 0 };

/** How long ago the copy was handed back first; absent: it was not. @param work - absent: the job could not be read. */
export function handedBackFor(job: Job, work: CopyWork | undefined): number | undefined {
  const nowMs = Date.now();
  return handedBackMs(work?.handedBackAtMs, jobFacts(job, nowMs).ageMs, nowMs);
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
