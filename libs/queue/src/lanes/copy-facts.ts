import { beginsWait, type CopyVerdict, type JobFacts } from '@regfleet/fleet';
import type { SeenTarget } from '@regfleet/model';
import type { Job } from 'bullmq';
import { isCredible, jobFacts, sinceFirstMs } from '../jobs/job-facts.ts';
import type { CopyWork } from '../jobs/payload.ts';

const NO_BACKOFF = { backoffMs: 0, maxBackoffMs: 0 };

/** How long ago something happened to a copy first; absent: it has not. @param atMs - as its payload says. */
function since(job: Job, atMs: number | undefined): number | undefined {
  const nowMs = Date.now();
  return sinceFirstMs(atMs, jobFacts(job, nowMs).ageMs, nowMs);
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
  const nowMs = Date.now();
  const facts = jobFacts(job, nowMs);
  return {
    ...facts,
    handedBackMs: since(job, work?.handedBackAtMs) ?? 0,
    deferredMs: isCredible(job, nowMs) ? (since(job, work?.deferredAtMs) ?? 0) : facts.ageMs,
    backoffMs,
    maxBackoffMs,
  };
}

/** What happens to a copy for the first time by a verdict. */
export function firstsOf(verdict: CopyVerdict, job: Job, work: CopyWork): ('backS' | 'deferS')[] {
  const isTaker = verdict.verdict === 'defer' && verdict.cause === 'taker';
  return [
    ...(isTaker && since(job, work.handedBackAtMs) === undefined ? (['backS'] as const) : []),
    ...(beginsWait(verdict) && since(job, work.deferredAtMs) === undefined ? (['deferS'] as const) : []),
  ];
}
