import { randomUUID } from 'node:crypto';
import { eventually, startRedis } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { connectFleet } from '../fleet.ts';
import { COPIED, openRun, orders, useFleets } from '../queue.fixture.ts';

describe('queue/jobs/control', () => {
  const fleets = useFleets();

  it('lets no copy that Redis refuses to take back hold a stop up, and spends no attempt on it', async () => {
    await using redis = await startRedis();
    const prefix = randomUUID();
    const fleet = await connectFleet({ url: redis.url, prefix, logger: silentLogger, deadlineMs: 5_000 });
    fleets.onCleanUp(() => fleet.close());
    const attempts: number[] = [];
    const asked = Promise.withResolvers<void>();
    const first = fleets.copies({
      fleet,
      concurrency: 1,
      graceMs: 60_000,
      copy: async ({ attempt }) => {
        attempts.push(attempt);
        await asked.promise;
        await redis.call('ACL', 'SETUSER', 'default', '-evalsha', '-eval');
        return COPIED;
      },
    });
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(1, { attempts: 1 }));
    await fleet.runs.finishExpansion(runId, []);
    asked.resolve();
    const refused = /cmdstat_evalsha:.*rejected_calls=[1-9]/;
    await eventually(async () => refused.test(await redis.call('INFO', 'commandstats')));
    const stoppedAtMs = performance.now();
    await first.drain();
    expect(performance.now() - stoppedAtMs).toBeLessThan(10_000);
    await redis.call('ACL', 'SETUSER', 'default', '+evalsha', '+eval');
    fleets.copies({
      fleet,
      copy: ({ attempt }) => {
        attempts.push(attempt);
        return Promise.resolve(COPIED);
      },
    });
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ copied: 1, failed: 0 });
    expect(attempts).toEqual([1, 1]);
  });
});
