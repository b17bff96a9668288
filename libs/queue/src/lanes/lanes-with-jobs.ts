import { randomInt } from 'node:crypto';
import { scoreOfDue } from '../jobs/delayed-score.ts';
import type { Internals } from '../jobs/internals.ts';

/** States in which a job still has to be ended by somebody. */
const LISTS = ['wait', 'paused', 'active'];
const SETS = ['prioritized', 'delayed'];

/** Whether a worker of the lane would get a job. */
export async function hasJobsToTake(
  { client, keys }: Pick<Internals, 'client' | 'keys'>,
  lane: string,
): Promise<boolean> {
  const counts = await Promise.all([
    client.llen(`${keys.root}${lane}:wait`),
    client.zcard(`${keys.root}${lane}:prioritized`),
    client.zcount(`${keys.root}${lane}:delayed`, '-inf', scoreOfDue(Date.now())),
  ]);
  return counts.some((count) => count > 0);
}

/** Those of the lanes that have jobs to be ended, at most `limit`; not the same ones each time where there are more. */
export async function lanesWithJobs(
  { client, keys }: Pick<Internals, 'client' | 'keys'>,
  lanes: readonly string[],
  limit: number,
): Promise<string[]> {
  const first = lanes.length === 0 ? 0 : randomInt(lanes.length);
  const inTurn = [...lanes.slice(first), ...lanes.slice(0, first)];
  const pipeline = client.pipeline();
  for (const lane of inTurn) {
    for (const state of LISTS) pipeline.llen(`${keys.root}${lane}:${state}`);
    for (const state of SETS) pipeline.zcard(`${keys.root}${lane}:${state}`);
  }
  const answers = (await pipeline.exec()) ?? [];
  const states = LISTS.length + SETS.length;
  return inTurn
    .filter((_, position) => {
      const counts = answers.slice(position * states, (position + 1) * states);
      // A key that is none of ours answers with an error: nothing to be ended there.
      return counts.some(([error, count]) => error === null && Number(count) > 0);
    })
    .slice(0, limit);
}
