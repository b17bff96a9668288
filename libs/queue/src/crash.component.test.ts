import { fileURLToPath } from 'node:url';
import { eventually, startProcess, startRedis } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { connectFleet } from './fleet.ts';
import { COPIED, failure, laneOf, openRun, order, orders, takeAWhile, useFleets } from './queue.fixture.ts';

const DYING_WORKER = fileURLToPath(new URL('./dying-worker.fixture.ts', import.meta.url));

describe('queue/crash', () => {
  const fleets = useFleets({ persistent: true });

  async function dyingWorker(copiesBefore: number, ...poison: string[]) {
    const { redis, prefix } = fleets;
    const words = [redis.url, prefix, String(copiesBefore), ...poison];
    const worker = await startProcess([process.execPath, DYING_WORKER, ...words]);
    fleets.onCleanUp(() => worker.stop());
    return worker;
  }

  it('ends a run with exact counts when a worker is killed in the middle of it', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(200));
    const worker = await dyingWorker(20);
    await worker.waitForLine(/hangs 4/);
    worker.kill('SIGKILL');
    await worker.exited;
    fleets.copies({
      fleet,
      copy: ({ request }) =>
        request.source.tag === 'v7' ? Promise.reject(failure('DENIED')) : Promise.resolve(COPIED),
    });
    await fleet.runs.finishExpansion(runId, []);
    const { counts, outcome } = await fleet.runs.wait(runId);
    expect(counts.copied + counts.unchanged + counts.failed).toBe(200);
    expect(counts).toMatchObject({ enqueued: 200, skipped: 0 });
    // The killed worker may have copied v7 before it died.
    expect(counts.failed).toBe(outcome === 'failed' ? 1 : 0);
  });

  it('ends all runs that asked for the copies of a killed worker, before and while it had them', async () => {
    const fleet = await fleets.connect();
    const ask = async (): Promise<string> => {
      const runId = await openRun(fleet, `task ${runs.length}`);
      await fleet.runs.enqueueAll(runId, orders(4));
      await fleet.runs.finishExpansion(runId, []);
      runs.push(runId);
      return runId;
    };
    const runs: string[] = [];
    for (let count = 0; count < 2; count++) await ask();
    const worker = await dyingWorker(0);
    await worker.waitForLine(/hangs 4/);
    for (let count = 0; count < 2; count++) await ask();
    worker.kill('SIGKILL');
    await worker.exited;
    fleets.copies({ fleet });
    const ended = await Promise.all(runs.map((runId) => fleet.runs.wait(runId)));
    expect(ended.map(({ counts }) => [counts.enqueued, counts.copied, counts.skipped])).toEqual([
      [4, 4, 0],
      [0, 0, 4],
      [0, 0, 4],
      [4, 4, 0],
    ]);
  });

  it('counts a copy once when its worker lost the lock and another one did it again', async () => {
    const [slow, quick] = [await fleets.connect(), await fleets.connect()];
    const runId = await openRun(slow);
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const copied: string[] = [];
    fleets.copies({
      fleet: slow,
      // Else it would take the job itself.
      concurrency: 1,
      onVerdict: () => copied.push('slow'),
      copy: async () => {
        started.resolve();
        await finish.promise;
        return COPIED;
      },
    });
    await slow.runs.enqueueAll(runId, orders(1));
    await started.promise;
    const lane = laneOf();
    await deleteLocks(fleets.redis.url, `{${fleets.prefix}}:${lane}:${runId}.*:lock`);
    fleets.copies({ fleet: quick, onVerdict: () => copied.push('quick') });
    await eventually(() => copied.includes('quick'));
    finish.resolve();
    await eventually(() => copied.includes('slow'));
    expect((await slow.runs.get(runId))?.counts).toMatchObject({ enqueued: 1, copied: 1 });
    await slow.runs.enqueueAll(runId, [order('another')]);
    await slow.runs.finishExpansion(runId, []);
    expect((await slow.runs.wait(runId)).counts).toMatchObject({ enqueued: 2, copied: 2, failed: 0 });
  });

  it('fails neither a copy nor an expansion by what they come to without their lock', async () => {
    const fleet = await fleets.connect();
    const tries: string[] = [];
    const failFirst = async (what: string): Promise<void> => {
      tries.push(what);
      if (tries.filter((other) => other === what).length > 1) return;
      await deleteLocks(fleets.redis.url, `{${fleets.prefix}}:*:lock`);
      throw failure('DENIED');
    };
    fleets.copies({ fleet, copy: () => failFirst('copy').then(() => COPIED) });
    fleets.runs({
      fleet,
      expand: async ({ runId, task, trigger }) => {
        await fleet.runs.claim({ runId, task, trigger });
        await failFirst('expansion');
        await fleet.runs.enqueueAll(runId, orders(1, { attempts: 1 }));
        await fleet.runs.finishExpansion(runId, []);
      },
    });
    const run = await fleet.runs.wait(await fleet.schedules.fire('a task', 'operator'));
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: 1, failed: 0 } });
    expect(tries).toEqual(['expansion', 'expansion', 'copy', 'copy']);
  });

  it('gives up the copy of which workers die, once it was alone in two of them, and none that they held beside it', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(4, { attempts: 1 }));
    await fleet.runs.finishExpansion(runId, []);
    const end = fleet.runs.wait(runId);
    let deaths = 0;
    for (let hasEnded = false; !hasEnded; ) {
      const worker = await dyingWorker(0, 'v2');
      hasEnded = await Promise.race([end.then(() => true), worker.exited.then(() => false)]);
      if (!hasEnded) deaths += 1;
    }
    const { counts, errors } = await end;
    expect(counts).toMatchObject({ enqueued: 4, copied: 3, failed: 1 });
    expect(errors).toMatchObject([{ code: 'JOB_STALLED' }]);
    expect(deaths).toBe(4);
  });

  it('does the copies and expansions of a process that crashed twice one at a time, and all of them', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet, 'another');
    await fleet.runs.enqueueAll(runId, orders(3, { attempts: 1 }));
    await fleet.runs.finishExpansion(runId, []);
    const fired = [
      await fleet.schedules.fire('one', 'operator'),
      await fleet.schedules.fire('two', 'operator'),
    ];
    for (let death = 0; death < 2; death++) {
      const worker = await dyingWorker(0);
      await worker.waitForLine(/hangs 5/);
      worker.kill('SIGKILL');
      await worker.exited;
    }
    let underWay = 0;
    const beside: number[] = [];
    const alone = async (): Promise<void> => {
      underWay += 1;
      beside.push(underWay);
      await takeAWhile(fleet);
      underWay -= 1;
    };
    fleets.copies({ fleet, copy: () => alone().then(() => COPIED) });
    fleets.runs({
      fleet,
      expand: async (ticket) => {
        await fleet.runs.claim(ticket);
        await alone();
        await fleet.runs.finishExpansion(ticket.runId, []);
      },
    });
    const runs = await Promise.all([runId, ...fired].map((id) => fleet.runs.wait(id)));
    expect(runs.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(beside).toEqual([1, 1, 1, 1, 1]);
  });

  it('hands unfinished copies back at shutdown, without an attempt, for others to finish', async () => {
    const [stopping, other] = [await fleets.connect(), await fleets.connect()];
    const runId = await openRun(stopping);
    const started = Promise.withResolvers<void>();
    const consumer = fleets.copies({
      fleet: stopping,
      concurrency: 2,
      graceMs: 20,
      copy: (_job, { signal }) => {
        if (consumer.activeCount === 2) started.resolve();
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    await stopping.runs.enqueueAll(runId, orders(3, { attempts: 1 }));
    await stopping.runs.finishExpansion(runId, []);
    await started.promise;
    await consumer.drain();
    expect(consumer.activeCount).toBe(0);
    expect(await other.lanes.status()).toMatchObject([{ active: 0, failed: 0 }]);
    fleets.copies({ fleet: other });
    expect((await other.runs.wait(runId)).counts).toMatchObject({ enqueued: 3, copied: 3, failed: 0 });
  });

  it('goes on after a restart of Redis in the middle of a run', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    let count = 0;
    const half = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    fleets.copies({
      fleet,
      copy: async () => {
        count += 1;
        if (count === 20) half.resolve();
        if (count >= 20) await finish.promise;
        return COPIED;
      },
    });
    await fleet.runs.enqueueAll(runId, orders(60));
    await fleet.runs.finishExpansion(runId, []);
    await half.promise;
    await fleets.redis.restart();
    finish.resolve();
    const run = await (await fleets.connect()).runs.wait(runId);
    expect(run.counts).toMatchObject({ enqueued: 60, copied: 60, failed: 0 });
  });

  it('drains and closes with Redis gone, idle or not', async () => {
    const redis = await startRedis();
    fleets.onCleanUp(() => redis.stop());
    const fleet = await connectFleet({
      url: redis.url,
      prefix: 'gone',
      logger: silentLogger,
      deadlineMs: 5_000,
    });
    const started = Promise.withResolvers<void>();
    const busy = fleets.copies({
      fleet,
      graceMs: 50,
      copy: (_job, { signal }) => {
        started.resolve();
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    const idle = fleets.runs({ fleet, expand: () => Promise.resolve() });
    const leadership = fleet.leadership({ id: 'a', ttlMs: 1_000 });
    await eventually(() => leadership.leads);
    const stopWatching = await fleet.runs.watchEnded(() => undefined);
    await fleet.copyOnce(order('one'));
    await started.promise;
    await redis.stop();
    await Promise.all([busy.drain(), idle.drain(), stopWatching()]);
    await fleet.processes.leave('a');
    await fleet.close();
    expect(fleet.isAnswering).toBe(false);
    expect(leadership.leads).toBe(false);
  });
});

async function deleteLocks(url: string, pattern: string): Promise<void> {
  const { Redis } = await import('ioredis');
  const client = new Redis(url);
  const keys = await client.keys(pattern);
  if (keys.length > 0) await client.del(...keys);
  client.disconnect();
}
