import type { Internals } from '../jobs/internals.ts';
import { LAYOUT } from '../redis/layout.ts';

/**
 * Notes that these tasks are in the config, and since when the fleet knows them, once for each. What cannot be noted is told of by
 * whoever reads it.
 */
export async function noteKnown(
  { client, keys }: Internals,
  tasks: readonly { readonly task: string }[],
): Promise<void> {
  if (tasks.length === 0) return;
  const nowMs = Date.now();
  const pipeline = client.pipeline();
  pipeline.set(keys.layout, LAYOUT, 'NX');
  // First of all the rest: what is not in there is never forgotten.
  pipeline.zadd(keys.tasks, ...tasks.flatMap(({ task }) => [nowMs, task]));
  for (const { task } of tasks) pipeline.hsetnx(keys.task(task), 'knownSinceMs', nowMs);
  await pipeline.exec();
}
