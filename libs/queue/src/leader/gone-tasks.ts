import type { Internals } from '../jobs/internals.ts';
import { CLOCK_SKEW_MS, clockDifferenceMs } from '../redis/clock.ts';
import { runScript } from '../redis/script.ts';
import { RUN_KEPT_DAYS } from '../runs/retention.ts';
import { FORGET_TASK } from './forget-task.ts';

// As long as the record of its last run: a task that comes back sooner has lost nothing.
const KEPT_MS = RUN_KEPT_DAYS * 24 * 60 * 60 * 1000;
// The next look takes the rest.
const MOST_AT_ONCE = 1_000;

/** Drops what is kept of tasks that are not in the config, once they have been neither there nor used for long. */
export async function forgetGoneTasks(internals: Internals, inConfig: readonly string[]): Promise<void> {
  const { client, keys, logger, unreadable } = internals;
  // A clock that is ahead would make every task one of long ago.
  if (Math.abs(await clockDifferenceMs(client)) > CLOCK_SKEW_MS) return;
  const nowMs = Date.now();
  const forgotten: string[] = [];
  for (const task of await longUnused(internals, { inConfig, nowMs })) {
    const args = [keys.root, nowMs, nowMs - KEPT_MS, task];
    const isGone = await unreadable.unless(keys.startTasks, () =>
      runScript(client, FORGET_TASK, [keys.tasks, keys.startTasks], args),
    );
    if (isGone === 1) forgotten.push(task);
  }
  if (forgotten.length > 0) logger.info({ tasks: forgotten }, 'tasks that left the config are forgotten');
}

async function longUnused(
  internals: Internals,
  { inConfig, nowMs }: { inConfig: readonly string[]; nowMs: number },
): Promise<string[]> {
  const { client, keys, unreadable } = internals;
  const kept = new Set(inConfig);
  const indexed = await usedAtMs(internals);
  const fired = (await unreadable.unless(keys.startTasks, () => client.hkeys(keys.startTasks))) ?? [];
  const gone = [...new Set([...indexed.keys(), ...fired])].filter((task) => !kept.has(task));
  // Their time begins: Redis has lost when they were used, or a clock was wrong then.
  const undated = gone
    .filter((task) => !((indexed.get(task) ?? Number.NaN) <= nowMs + CLOCK_SKEW_MS))
    .slice(0, MOST_AT_ONCE);
  if (undated.length > 0) await client.zadd(keys.tasks, ...undated.flatMap((task) => [nowMs, task]));
  return gone.filter((task) => (indexed.get(task) ?? nowMs) < nowMs - KEPT_MS).slice(0, MOST_AT_ONCE);
}

async function usedAtMs({ client, keys }: Internals): Promise<Map<string, number>> {
  const entries = await client.zrange(keys.tasks, 0, -1, 'WITHSCORES');
  return new Map(
    entries.flatMap((task, index) => (index % 2 === 0 ? [[task, Number(entries[index + 1])] as const] : [])),
  );
}
