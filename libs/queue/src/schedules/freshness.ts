import type { BehindImages, Freshness, TaskFreshness } from '@regfleet/fleet';
import type { CopyRequest } from '@regfleet/model';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { nameInRun } from '../jobs/names.ts';
import { readEpochMs } from '../redis/epoch.ts';

const FIELDS = ['comparedAtMs', 'images', 'incomplete'] as const;
const QUESTIONS = 4;
// The oldest, by which the lag goes.
const MOST_LOOKED_AT = 100_000;
const PAGE = 1_000;

const count = z.number().int().min(0).catch(0);
const fieldsOf = z.array(z.string().nullable()).catch([]);
const oldestOf = z.tuple([z.string(), z.string()]).catch(['', '']);
const images = z.string().regex(/^\d+$/).transform(Number).optional().catch(undefined);

/** What is known of tasks between their runs, written by the scripts of `runs/scripts/behind.ts`. */
export class RedisFreshness implements TaskFreshness {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async of(tasks: readonly string[]): Promise<Freshness[]> {
    const { client, keys, unreadable } = this.#internals;
    const pipeline = client.pipeline();
    for (const task of tasks) {
      const behind = keys.behind(task);
      pipeline.zcount(behind, '-inf', '(+inf').zcount(behind, '+inf', '+inf');
      pipeline.zrange(behind, 0, 0, 'WITHSCORES').hmget(keys.task(task), ...FIELDS);
    }
    const replies = (await pipeline.exec()) ?? [];
    return tasks.map((task, at) => {
      const own = replies.slice(QUESTIONS * at, QUESTIONS * (at + 1));
      const failed = own.findIndex(([error]) => error != null);
      if (failed >= 0)
        unreadable.tell(
          failed === QUESTIONS - 1 ? keys.task(task) : keys.behind(task),
          String(own[failed]?.[0]?.message),
        );
      return freshnessOf(
        task,
        own.map(([, reply]) => reply),
      );
    });
  }

  async behind(task: string): Promise<BehindImages> {
    const { client, keys, unreadable } = this.#internals;
    const key = keys.behind(task);
    const names = await unreadable.unless(key, () => client.zrange(key, 0, MOST_LOOKED_AT - 1));
    const known = new Set(names);
    return { has: (request) => known.size > 0 && known.has(nameInRun(request)) };
  }

  async arrived(task: string, requests: readonly CopyRequest[]): Promise<void> {
    const { client, keys, unreadable } = this.#internals;
    const key = keys.behind(task);
    for (let start = 0; start < requests.length; start += PAGE) {
      const names = requests.slice(start, start + PAGE).map(nameInRun);
      await unreadable.unless(key, () => client.zrem(key, ...names));
    }
  }
}

function freshnessOf(task: string, [behind, unknown, oldest, fields]: readonly unknown[]): Freshness {
  const [comparedAt, chosen, incomplete] = fieldsOf.parse(fields);
  // Of those that may be behind it is `inf`.
  const behindSinceMs = readEpochMs(oldestOf.parse(oldest)[1]);
  const comparedAtMs = readEpochMs(comparedAt);
  const imageCount = images.parse(chosen ?? undefined);
  return {
    task,
    behind: count.parse(behind),
    unknown: count.parse(unknown),
    ...(behindSinceMs !== undefined && { behindSinceMs }),
    ...(imageCount !== undefined && { images: imageCount }),
    ...(comparedAtMs !== undefined && { comparedAtMs }),
    isIncomplete: incomplete != null,
  };
}
