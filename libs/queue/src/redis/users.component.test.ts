import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, startRedis } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { connectFleet } from '../fleet.ts';
import { keepingLogger, orders, useFleets } from '../queue.fixture.ts';

const PAGE = join(import.meta.dirname, '../../../../docs/operations.md');

/** The words after `ACL` in the line of the page, for a user of this prefix. */
async function rightsFor(prefix: string, password: string): Promise<string[]> {
  const line = /^ {4}ACL (SETUSER regfleet on .*)$/m.exec(await readFile(PAGE, 'utf8'))?.[1] ?? '';
  return line.replaceAll('{regfleet}', `{${prefix}}`).replace('>PASSWORD', `>${password}`).split(' ');
}

describe('queue/redis/users', () => {
  const fleets = useFleets();

  it('does a whole run as a user with the rights that docs/operations.md gives it', async () => {
    await using redis = await startRedis();
    const { prefix } = fleets;
    await redis.call('ACL', ...(await rightsFor(prefix, 'hunter2-hunter2')));
    const url = `redis://:hunter2-hunter2@${redis.host}`;
    const { logger, lines } = keepingLogger();
    const fleet = await connectFleet({
      url,
      access: { username: 'regfleet' },
      prefix,
      logger,
      deadlineMs: 5_000,
    });
    fleets.onCleanUp(() => fleet.close());
    const leadership = fleet.leadership({ id: 'leader', ttlMs: 3_000 });
    await eventually(() => leadership.leads);
    await fleet.schedules.reconcile([{ task: 'a task', fingerprint: 'f', everyMs: 3_600_000 }]);
    fleets.copies({ fleet });
    fleets.runs({
      fleet,
      expand: async ({ runId, task, trigger }) => {
        await fleet.runs.claim({ runId, task, trigger });
        await fleet.runs.enqueueAll(runId, orders(20));
        await fleet.runs.finishExpansion(runId, []);
      },
    });
    const { counts } = await fleet.runs.wait(await fleet.schedules.fire('a task', 'operator'));
    expect(counts).toMatchObject({ enqueued: 20, copied: 20, failed: 0 });
    await fleet.sweep();
    expect(fleet.trouble).toBeUndefined();
    expect(lines).toEqual([]);
    expect(await redis.call('ACL', 'LOG')).not.toMatch(/reason\n(?:key|channel)/);
  });
});
