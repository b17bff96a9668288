import type { Attempt, JobContext, JobFacts } from '@regfleet/fleet';
import { isSyncError, type SyncError, toSyncError } from '@regfleet/model';
import { redisTrouble } from '../redis/trouble.ts';
import { explainReply } from '../redis/wrong-type.ts';

/** What the rules are told of a job that waits in Redis. */
export function jobContext(
  attempt: Attempt,
  facts: () => JobFacts,
  idle?: NonNullable<JobContext['idle']>,
): JobContext {
  return {
    ...(idle !== undefined && { idle }),
    get facts() {
      return facts();
    },
    signal: attempt.signal,
    get aborted() {
      return attempt.reason;
    },
    troubleOf,
  };
}

/** A failure of Redis is none of the image or task that it was asked for; absent: this is none of Redis. */
function troubleOf(failure: unknown): SyncError | undefined {
  const isOfRedis = isSyncError(failure)
    ? failure.code === 'REDIS_UNREACHABLE' || redisTrouble(failure.cause) !== undefined
    : redisTrouble(failure) !== undefined;
  return isOfRedis ? toSyncError(explainReply(failure)) : undefined;
}
