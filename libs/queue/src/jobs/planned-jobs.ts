import { explained } from '../redis/wrong-type.ts';
import type { Internals } from './internals.ts';
import { plannedJobId } from './names.ts';

/** Ids of the jobs on the `runs` queue that are the next firing of a schedule, whether they are there or not. */
export async function plannedJobIds({ client, queues }: Internals): Promise<string[]> {
  const entries = await explained(client.zrange(queues.runs.toKey('repeat'), 0, -1, 'WITHSCORES'));
  return entries.flatMap((task, index) =>
    index % 2 === 0 ? [plannedJobId(task, Number(entries[index + 1]))] : [],
  );
}

/** How many firings wait for their time: work that is to come. */
export async function countPlanned(internals: Internals): Promise<number> {
  const { client, queues, unreadable } = internals;
  const ids = await unreadable.unless(queues.runs.toKey('repeat'), () => plannedJobIds(internals));
  const pipeline = client.pipeline();
  for (const id of ids ?? []) pipeline.zscore(queues.runs.toKey('delayed'), id);
  const replies = (await pipeline.exec()) ?? [];
  return replies.filter(([, score]) => score != null).length;
}
