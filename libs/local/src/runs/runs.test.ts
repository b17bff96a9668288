import type { RunRecord } from '@regfleet/fleet';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { COPIED, failure, held, open, order, settled } from '../local.fixture.ts';

describe('local/runs', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells each change at once', async () => {
    const { fleet, copies, run } = open();
    const runId = await run();
    const told: number[] = [];
    const ended = fleet.runs.wait(runId, { onChange: ({ counts }) => told.push(counts.copied) });
    copies();
    for (const tag of ['a', 'b', 'c']) await fleet.runs.enqueue(runId, order(tag));
    await fleet.runs.finishExpansion(runId, []);
    await ended;
    expect([...new Set(told)]).toEqual([0, 1, 2, 3]);
  });

  it('takes a task that ended before the machine slept for one that ended long ago', async () => {
    vi.useFakeTimers();
    const { fleet } = open();
    const claim = (runId: string) =>
      fleet.runs.claim({ runId, task: 'a', trigger: 'schedule' }, { minimumPauseMs: 60_000 });
    await claim('first');
    await fleet.runs.finishExpansion('first', []);
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(await claim('soon')).toEqual({ skipped: 'too soon after the last run' });
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    expect(await claim('later')).toBe('started');
  });

  it('fails a wait whose listener fails, and nothing else', async () => {
    const { fleet, run } = open();
    const runId = await run();
    const wait = fleet.runs.wait(runId, {
      onChange: ({ expanded }) => {
        if (expanded) throw new Error('a bug of the listener');
      },
    });
    await Promise.all([
      expect(wait).rejects.toThrow('a bug of the listener'),
      fleet.runs.finishExpansion(runId, []),
    ]);
    expect(await fleet.runs.get(runId)).toMatchObject({ outcome: 'succeeded' });
  });

  it('tells those who watch of runs that ended before, each once', async () => {
    const { fleet, run } = open();
    const runs = [await run(), await run()];
    for (const runId of runs) await fleet.runs.finishExpansion(runId, []);
    const told: RunRecord[] = [];
    const stop = await fleet.runs.watchEnded((ended) => told.push(ended));
    await fleet.runs.watchEnded((ended) => told.push(ended));
    const last = await run();
    await fleet.runs.finishExpansion(last, []);
    await stop();
    expect(told.map(({ id }) => id)).toEqual([...runs, last]);
  });

  it('shares the outcome of a copy that waits, and asks for another during a copy', async () => {
    const { fleet, copies, run } = open();
    const { copy, begun, count } = held();
    const [first, sharing, during] = [await run(), await run(), await run()];
    const queued = [first, sharing].map((runId) => fleet.runs.enqueue(runId, order('a')));
    copies({ copy });
    await Promise.all(queued);
    queued.push(fleet.runs.enqueue(during, order('a')));
    await settled();
    expect(begun).toHaveLength(1);
    begun[0]?.fail(failure('DENIED'));
    await count(2);
    begun[1]?.end(COPIED);
    await Promise.all(queued);
    for (const runId of [first, sharing, during]) await fleet.runs.finishExpansion(runId, []);
    const runs = await Promise.all([first, sharing, during].map((runId) => fleet.runs.wait(runId)));
    expect(
      runs.map(({ outcome, counts }) => [outcome, counts.enqueued, counts.failed, counts.copied]),
    ).toEqual([
      ['failed', 1, 1, 0],
      ['failed', 1, 1, 0],
      ['succeeded', 1, 0, 1],
    ]);
  });

  it('has so many copies wait for each target, and none for want of another target’s', async () => {
    const { fleet, copies, run } = open();
    const runId = await run();
    const { copy, begun } = held();
    const consumer = copies({ copy, concurrency: 1 });
    const ask = (target: string, count: number): void => {
      for (let tag = 0; tag < count; tag += 1) void fleet.runs.enqueue(runId, order(`${tag}`, { target }));
    };
    ask('down.test', 200);
    await settled();
    expect((await fleet.runs.get(runId))?.counts.enqueued).toBe(101);
    ask('well.test', 3);
    await settled();
    expect((await fleet.runs.get(runId))?.counts.enqueued).toBe(104);
    expect(begun).toHaveLength(1);
    await consumer.drain();
  });

  it('goes on with a copy of a cancelled run that another needs', async () => {
    const { fleet, copies, run } = open();
    const { copy, begun, tags, count } = held();
    const [cancelled, other] = [await run(), await run()];
    const queued = [
      fleet.runs.enqueue(cancelled, order('own')),
      fleet.runs.enqueue(cancelled, order('shared')),
      fleet.runs.enqueue(other, order('shared')),
    ];
    await fleet.runs.cancel(cancelled);
    copies({ copy });
    await Promise.all(queued);
    await count(1);
    expect(tags()).toEqual(['shared']);
    begun[0]?.end();
    await fleet.runs.finishExpansion(other, []);
    expect(await fleet.runs.wait(other)).toMatchObject({ outcome: 'succeeded', counts: { skipped: 1 } });
    expect(await fleet.runs.wait(cancelled)).toMatchObject({
      outcome: 'cancelled',
      counts: { enqueued: 0, skipped: 2 },
    });
  });

  it('gives the place of an expansion that waits to another', async () => {
    const { fleet, expansions } = open();
    const waiting = Promise.withResolvers<void>();
    const other = Promise.withResolvers<void>();
    let number = 0;
    expansions(
      async (runId, { idle }) => {
        number += 1;
        if (number === 1) await idle?.(() => waiting.promise);
        else other.resolve();
        await fleet.runs.finishExpansion(runId, []);
      },
      { concurrency: 1 },
    );
    const first = await fleet.schedules.fire('a', 'operator');
    await fleet.schedules.fire('b', 'operator');
    await other.promise;
    waiting.resolve();
    expect(await fleet.runs.wait(first)).toMatchObject({ outcome: 'succeeded' });
  });

  it('expands again what is to be repeated, as the same run', async () => {
    const { fleet, copies, expansions } = open();
    copies();
    const attempts: number[] = [];
    expansions(async (runId, { facts }) => {
      attempts.push(facts.attempt);
      await fleet.runs.enqueue(runId, order('a'));
      if (attempts.length === 1) throw failure('RATE_LIMITED', { side: 'source', retryAfterMs: 1 });
      await fleet.runs.finishExpansion(runId, []);
    });
    const runId = await fleet.schedules.fire('a', 'operator');
    expect(await fleet.runs.wait(runId)).toMatchObject({
      outcome: 'succeeded',
      counts: { enqueued: 1, copied: 1 },
    });
    expect(attempts).toEqual([1, 1]);
  });
});
