import type { CopyOrder, Freshness, Lacking } from '@regfleet/fleet';
import { lagMs } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import { nameInRun } from '../jobs/names.ts';
import { failure, laneOf, openRun, order, useFleets } from '../queue.fixture.ts';

const TASK = 'a task';
const HOUR_MS = 60 * 60_000;

describe('queue/schedules/freshness', () => {
  const fleets = useFleets();

  /** A task of one fleet, run after run. */
  async function taskOf() {
    const fleet = await fleets.connect();
    const orderOf = (tag: string, lacking?: Lacking): CopyOrder => ({
      ...order(tag),
      ...(lacking !== undefined && { lacking }),
    });
    return {
      fleet,
      /** A run that chooses so many images, and finds this of those that it queues. */
      async compare(found: Record<string, Lacking>, { selected = 3, errors = [] as unknown[] } = {}) {
        const runId = await openRun(fleet, TASK);
        fleet.runs.setCounts(runId, { selected });
        await fleet.runs.enqueueAll(
          runId,
          Object.entries(found).map(([tag, lacking]) => orderOf(tag, lacking)),
        );
        await fleet.runs.finishExpansion(
          runId,
          errors.map(() => failure('NETWORK_FAILED')),
        );
        return {
          runId,
          async ends(tag: string, outcome: 'copied' | 'unchanged' | 'failed' = 'copied') {
            const end =
              outcome === 'failed' ? { outcome, error: failure('NETWORK_FAILED') } : ({ outcome } as const);
            await fleet.internals.book.settle(runId, nameInRun(order(tag).request), end);
          },
        };
      },
      async freshness(): Promise<Freshness & { lagMs: number | undefined }> {
        const [freshness] = await fleet.freshness.of([TASK]);
        if (freshness === undefined) throw new Error('nothing is known');
        return { ...freshness, lagMs: lagMs(freshness, Date.now()) };
      },
      /** As if it had been seen so long ago for the first time. */
      async age(tag: string, ms: number): Promise<void> {
        const { client, keys } = fleet.internals;
        await client.zadd(keys.behind(TASK), Date.now() - ms, nameInRun(order(tag).request));
      },
    };
  }

  it('knows nothing of a task before its first comparison', async () => {
    const { freshness } = await taskOf();
    expect(await freshness()).toEqual({
      task: TASK,
      behind: 0,
      unknown: 0,
      isIncomplete: false,
      lagMs: undefined,
    });
  });

  it('is behind since the first comparison that shows it, whatever comes later, until the copy has arrived', async () => {
    const { compare, freshness, age } = await taskOf();
    const first = await compare({ a: 'yes', b: 'yes' });
    expect(await freshness()).toMatchObject({ behind: 2, images: 3, lagMs: expect.any(Number) });
    await age('a', HOUR_MS);
    await first.ends('a', 'failed');
    await first.ends('b');
    expect(await freshness()).toMatchObject({ behind: 1 });
    const second = await compare({ a: 'yes', c: 'unknown' });
    const after = await freshness();
    expect(after).toMatchObject({ behind: 1, unknown: 1 });
    expect(after.lagMs).toBeGreaterThanOrEqual(HOUR_MS);
    await second.ends('a', 'unchanged');
    expect(await freshness()).toMatchObject({ behind: 0, unknown: 1, lagMs: undefined });
    await second.ends('c');
    expect(await freshness()).toMatchObject({ behind: 0, unknown: 0, lagMs: 0 });
  });

  it('goes by what a complete comparison has left out, and by no other', async () => {
    const { compare, freshness } = await taskOf();
    const first = await compare({ a: 'yes', b: 'yes' });
    await first.ends('a', 'failed');
    await first.ends('b', 'failed');
    const second = await compare({ a: 'yes' }, { errors: ['a listing failed'] });
    expect(await freshness()).toMatchObject({ behind: 2, isIncomplete: true });
    await second.ends('a');
    await compare({}, { errors: ['again'] });
    expect(await freshness()).toMatchObject({ behind: 1, isIncomplete: true });
    await compare({});
    expect(await freshness()).toMatchObject({ behind: 0, isIncomplete: false, lagMs: 0 });
    await compare({}, { errors: ['again'] });
    expect(await freshness()).toMatchObject({ behind: 0, isIncomplete: true, lagMs: undefined });
  });

  it('forgets what none of 30 days has come upon, where none was complete', async () => {
    const { fleet, compare, freshness } = await taskOf();
    const { client, keys } = fleet.internals;
    const errors = ['a repository that always fails'];
    for (const tag of ['a', 'b', 'c'])
      await (await compare({ [tag]: 'yes' }, { errors })).ends(tag, 'failed');
    const missed = keys.behindMissed(TASK);
    const ages = Object.fromEntries(['a', 'b'].map((tag) => [nameInRun(order(tag).request), 31 * 24]));
    for (const [name, hours] of Object.entries(ages))
      await client.hset(missed, name, Date.now() - hours * HOUR_MS);
    await (await compare({ b: 'yes' }, { errors })).ends('b', 'failed');
    expect(await freshness()).toMatchObject({ behind: 2 });
    // It was come upon: its time begins anew.
    await compare({}, { errors });
    expect(await freshness()).toMatchObject({ behind: 2 });
    expect(await client.hlen(missed)).toBe(2);
    await compare({});
    expect(await freshness()).toMatchObject({ behind: 0 });
    expect(await client.exists(missed)).toBe(0);
  });

  it('is told of what has arrived by another way, also by a comparison that is not complete', async () => {
    const { fleet, compare, freshness } = await taskOf();
    const run = await compare({ a: 'yes', b: 'yes' });
    const behind = await fleet.freshness.behind(TASK);
    expect(['a', 'b', 'c'].map((tag) => behind.has(order(tag).request))).toEqual([true, true, false]);
    await run.ends('a', 'failed');
    await run.ends('b', 'failed');
    await fleet.freshness.arrived(TASK, [order('a').request]);
    await compare({}, { errors: ['a listing failed'] });
    expect(await freshness()).toMatchObject({ behind: 1, isIncomplete: true });
  });

  it('is complete where an error says what there is', async () => {
    const { fleet, compare, freshness } = await taskOf();
    const { ends } = await compare({ a: 'yes' });
    await ends('a', 'failed');
    const runId = await openRun(fleet, TASK);
    await fleet.runs.finishExpansion(runId, [failure('REPOSITORY_UNKNOWN')], { isComplete: true });
    expect(await freshness()).toMatchObject({ behind: 0, isIncomplete: false, lagMs: 0 });
    expect(await fleet.runs.get(runId)).toMatchObject({ outcome: 'failed' });
  });

  it('is behind of nothing that the source has no more', async () => {
    const { compare, freshness } = await taskOf();
    const first = await compare({ a: 'yes', b: 'yes' });
    await first.ends('a', 'failed');
    await first.ends('b');
    const run = await compare({ a: 'gone' });
    await run.ends('a', 'failed');
    expect(await freshness()).toMatchObject({ behind: 0, images: 2, lagMs: 0 });
  });

  it('hears of what an operator tries again, but takes that for no comparison', async () => {
    const { fleet, compare, freshness } = await taskOf();
    const run = await compare({ a: 'yes', b: 'yes' });
    await fleet.internals.book.settle(
      run.runId,
      nameInRun(order('a').request),
      { outcome: 'failed', error: failure('NETWORK_FAILED') },
      { request: order('a').request, attempts: 1 },
    );
    await fleet.runs.cancel(run.runId);
    const retried = await fleet.retryRun(run.runId, {
      retries: () => ({ attempts: 1, backoffMs: 1, maxBackoffMs: 1 }),
    });
    expect(await freshness()).toMatchObject({ behind: 2 });
    await fleet.internals.book.settle(retried.runId, nameInRun(order('a').request), { outcome: 'copied' });
    expect(await freshness()).toMatchObject({ behind: 1 });
  });

  it('runs go on whatever others wrote there', async () => {
    const { fleet, compare, freshness } = await taskOf();
    const { client, keys } = fleet.internals;
    await client.set(keys.behind(TASK), 'x');
    const run = await compare({ a: 'yes' });
    await run.ends('a');
    expect(await fleet.runs.get(run.runId)).toMatchObject({ outcome: 'succeeded' });
    expect(await freshness()).toMatchObject({ behind: 0 });
  });

  it('takes some hundred bytes for an image that is behind, and none for others', async () => {
    const { fleet, freshness } = await taskOf();
    const { book, client, keys } = fleet.internals;
    const runId = await openRun(fleet, TASK);
    const names = Array.from({ length: 5_000 }, (_, at) => nameInRun(order(`v${at}`).request));
    await book.register(
      runId,
      names.map((name) => ({ name, lane: laneOf(), lacking: 'yes' })),
    );
    expect(await freshness()).toMatchObject({ behind: 5_000 });
    const bytes = Number(await client.memory('USAGE', keys.behind(TASK), 'SAMPLES', 0));
    expect(bytes / 5_000).toBeLessThan(130);
    await Promise.all(names.map((name) => book.settle(runId, name, { outcome: 'copied' })));
    expect(await client.exists(keys.behind(TASK))).toBe(0);
  });

  it('is forgotten with its task', async () => {
    const { fleet, compare } = await taskOf();
    const { client, keys } = fleet.internals;
    const { runId } = await compare({ a: 'yes' });
    await fleet.runs.cancel(runId);
    const longAgoMs = Date.now() - 40 * 24 * HOUR_MS;
    await client.zadd(keys.tasks, longAgoMs, TASK);
    await client.hset(keys.task(TASK), 'lastEndedAtMs', longAgoMs);
    await fleet.sweep(undefined, ['another']);
    expect(await client.exists(keys.behind(TASK))).toBe(0);
  });
});
