import { type Attempt, decideVerdict, type JobContext, type Verdict } from '@regfleet/fleet';
import type { Job } from 'bullmq';
import type { Internals } from './internals.ts';

interface Try {
  readonly job: Job;
  readonly token: string;
  readonly attempt: Attempt;
  readonly context: JobContext;
}

/**
 * The verdict that stands: a job whose lock was lost does not fail by what this try came to. Somebody else has it, or will: this
 * process may have been stopped for longer than the lock, and all its connections with it.
 */
export async function asHolder<Result>(
  internals: Pick<Internals, 'client' | 'queues'>,
  { job, token, attempt, context }: Try,
  verdict: Verdict<Result>,
): Promise<Verdict<Result>> {
  if (verdict.verdict !== 'fail' || (await holdsLock(internals, job, token))) return verdict;
  attempt.abort('lock-lost');
  return decideVerdict(verdict.error, context);
}

async function holdsLock(
  { client, queues }: Pick<Internals, 'client' | 'queues'>,
  { id = '', queueName }: Job,
  token: string,
): Promise<boolean> {
  return (await client.get(`${queues.get(queueName).toKey(id)}:lock`)) === token;
}
