import type { Rank, RunTrigger } from '@regfleet/fleet';
import type { Redis } from 'ioredis';

// BullMQ: lower is sooner, 0 is none, 2 ** 21 is the most.
/** The priority of a copy is its position in its run where it is urgent; else this and its turn. */
export const USUAL_PRIORITY = 10_000;
/** Later ones keep the order in which they came. A lane gets there after days in which it was never empty. */
export const MOST_TURNS = 2_000_000;

/** Of firings on the `runs` queue. */
export const FIRING_PRIORITY: Readonly<Record<RunTrigger, number>> = { operator: 1, start: 2, schedule: 3 };

/** BullMQ keeps the priority of a job that waits in the high bits of its score. */
export const SCORE_PER_PRIORITY = 0x1_0000_0000;

/** Whoever can write to Redis chooses it; one that makes no sense is that of no operator. */
export const rankOfPriority = (priority: number): Rank =>
  priority > 0 && priority < USUAL_PRIORITY ? 'urgent' : 'usual';

/** For each of the queues whether the job that is taken next from it has a priority before `below`. */
export async function haveFirstBelow(
  client: Redis,
  prioritized: readonly string[],
  below: number,
): Promise<boolean[]> {
  const pipeline = client.pipeline();
  for (const key of prioritized)
    pipeline.zrangebyscore(key, SCORE_PER_PRIORITY, `(${below * SCORE_PER_PRIORITY}`, 'LIMIT', 0, 1);
  const answers = (await pipeline.exec()) ?? [];
  // A key that is none of ours answers with an error.
  return prioritized.map((_, index) => {
    const [error, found] = answers[index] ?? [];
    return error === null && Array.isArray(found) && found.length > 0;
  });
}
