import type { Internals } from './internals.ts';

/** Notes since when the fleet knows these tasks, once for each. What cannot be noted is told of by whoever reads it. */
export async function noteKnown(
  { client, keys }: Internals,
  tasks: readonly { readonly task: string }[],
): Promise<void> {
  if (tasks.length === 0) return;
  const pipeline = client.pipeline();
  for (const { task } of tasks) pipeline.hsetnx(keys.task(task), 'knownSinceMs', Date.now());
  await pipeline.exec();
}
