import type { Job } from 'bullmq';
import type { Attempt } from './attempt.ts';
import type { Internals } from './internals.ts';
import type { Outcome } from './outcome.ts';

interface Try {
  readonly job: Job;
  readonly token: string;
  readonly attempt: Attempt;
}

/**
 * What `decide` says; a job whose lock was lost does not fail by what this try came to. Somebody else has it, or will: this
 * process may have been stopped for longer than the lock, and all its connections with it.
 */
export async function decideAsHolder(
  internals: Pick<Internals, 'client' | 'queues'>,
  { job, token, attempt }: Try,
  decide: () => Outcome,
): Promise<Outcome> {
  const outcome = decide();
  if (outcome.action !== 'fail' || (await holdsLock(internals, job, token))) return outcome;
  attempt.abort('lock-lost');
  return decide();
}

async function holdsLock(
  { client, queues }: Pick<Internals, 'client' | 'queues'>,
  { id = '', queueName }: Job,
  token: string,
): Promise<boolean> {
  return (await client.get(`${queues.get(queueName).toKey(id)}:lock`)) === token;
}
