import type { CopyVerdict } from '@regfleet/fleet';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { COPIED, failure, held, open, order, settled } from '../local.fixture.ts';

describe('local/copies', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('has an enqueued copy begun before the next one is planned', async () => {
    const { fleet, copies, run } = open();
    const { copy, begun, count } = held();
    copies({ copy, concurrency: 1 });
    const runId = await run();
    await fleet.runs.enqueue(runId, order('a'));
    let isRoom = false;
    const second = fleet.runs.enqueue(runId, order('b')).then(() => {
      isRoom = true;
    });
    await settled();
    expect([begun.length, isRoom]).toEqual([1, false]);
    begun[0]?.end();
    await second;
    await count(2);
    begun[1]?.end();
    await fleet.runs.finishExpansion(runId, []);
    expect(await fleet.runs.wait(runId)).toMatchObject({
      outcome: 'succeeded',
      counts: { enqueued: 2, copied: 2 },
    });
  });

  it('lets a run hold its slots and a hundred copies that wait for another try', async () => {
    const { fleet, copies, run } = open();
    let tries = 0;
    copies({
      concurrency: 2,
      process: async () => {
        tries += 1;
        return { verdict: 'retry', error: failure('NETWORK_FAILED'), delayMs: 3_600_000 };
      },
    });
    const runId = await run();
    for (let index = 0; index < 102; index += 1) await fleet.runs.enqueue(runId, order(`v${index}`));
    let isRoom = false;
    const next = fleet.runs.enqueue(runId, order('next')).then(() => {
      isRoom = true;
    });
    await settled();
    expect([tries, isRoom]).toEqual([102, false]);
    await fleet.runs.cancel(runId);
    await next;
    await fleet.close();
  });

  it('goes on planning while one of its copies waits for that of another run to the same target', async () => {
    const { fleet, copies, run } = open();
    const { copy, begun, count } = held();
    copies({ copy });
    const [first, second] = [await run(), await run()];
    await fleet.runs.enqueue(first, order('same'));
    await fleet.runs.enqueue(second, order('same', { source: 'other.test' }));
    await fleet.runs.enqueue(second, order('next', { source: 'other.test' }));
    await count(2);
    for (const { end } of begun) end();
    await count(3);
    begun[2]?.end();
    for (const runId of [first, second]) await fleet.runs.finishExpansion(runId, []);
    expect(await fleet.runs.wait(second)).toMatchObject({ outcome: 'succeeded', counts: { copied: 2 } });
  });

  it('gives what planning has seen to the first try only', async () => {
    const { fleet, copies, run } = open();
    const seen: unknown[] = [];
    copies({
      copy: async (job) => {
        seen.push([job.attempt, job.seenTarget]);
        if (seen.length === 1) throw failure('NETWORK_FAILED');
        return COPIED;
      },
    });
    const runId = await run();
    await fleet.runs.enqueue(runId, order('a', { seenTarget: { head: undefined } }));
    await fleet.runs.finishExpansion(runId, []);
    await fleet.runs.wait(runId);
    expect(seen).toEqual([
      [1, { head: undefined }],
      [2, undefined],
    ]);
  });

  it('gives nothing that planning has seen to a copy that had to wait for long', async () => {
    vi.useFakeTimers();
    const { fleet, copies, run } = open();
    const runId = await run();
    void fleet.runs.enqueue(runId, order('a', { seenTarget: { head: undefined } }));
    await vi.advanceTimersByTimeAsync(60_000);
    const { copy, begun, count } = held();
    copies({ copy });
    await count(1);
    expect(begun[0]?.job).not.toHaveProperty('seenTarget');
    await fleet.close();
  });

  it('begins copies of operators first, then in the order of their runs', async () => {
    const { fleet, copies, run } = open();
    const { copy, begun, tags, count } = held();
    const [scheduled, urgent] = [await run(), await run('operator')];
    const queued = [
      ...['s1', 's2'].map((tag) => fleet.runs.enqueue(scheduled, order(tag))),
      ...['o1', 'o2'].map((tag) => fleet.runs.enqueue(urgent, order(tag))),
    ];
    copies({ copy, concurrency: 1 });
    for (let number = 1; number <= 4; number += 1) {
      await count(number);
      begun[number - 1]?.end();
    }
    await Promise.all(queued);
    expect(tags()).toEqual(['o1', 'o2', 's1', 's2']);
  });

  it('keeps a copy from another source behind the one that waits, and says where one took the place of another', async () => {
    const { fleet, copies, run } = open();
    const { copy, begun, count } = held();
    const runs = [await run(), await run(), await run()];
    const sources = ['one.test', 'two.test', 'three.test'];
    const queued = runs.map((runId, index) =>
      fleet.runs.enqueue(runId, order('a', { source: sources[index] ?? '' })),
    );
    for (const runId of runs) await fleet.runs.finishExpansion(runId, []);
    copies({ copy });
    await count(1);
    begun[0]?.end();
    await count(2);
    begun[1]?.end();
    await Promise.all(queued);
    expect(begun.map(({ job }) => job.request.source.registry)).toEqual(['one.test', 'three.test']);
    const ended = await Promise.all(runs.map((runId) => fleet.runs.wait(runId)));
    expect(ended.map(({ counts: { enqueued, copied, skipped } }) => [enqueued, copied, skipped])).toEqual([
      [1, 1, 0],
      [0, 0, 1],
      [1, 1, 0],
    ]);
    expect(ended[1]?.reason).toMatch(/a later copy from another source/);
  });

  it('begins no copy from or to a registry that is to be left alone, whatever its lane', async () => {
    const { fleet, copies, run, pauses } = open();
    const { copy, tags } = held();
    const sides = { source: 'hub.test' };
    const error = failure('RATE_LIMITED', { side: 'source', retryAfterMs: 3_600_000 });
    pauses.begin(error, { sides, kind: 'plan', beganAtMs: 0 });
    copies({ copy });
    const runId = await run();
    void fleet.runs.enqueue(runId, order('from'));
    void fleet.runs.enqueue(runId, order('to', { source: 'other.test', target: 'hub.test' }));
    await fleet.runs.enqueue(runId, order('free', { source: 'other.test' }));
    expect(tags()).toEqual(['free']);
    await fleet.close();
  });

  it('waits for a registry without spending attempts, and fails where it refuses too often', async () => {
    const { fleet, copies, run } = open();
    const verdicts: CopyVerdict['verdict'][] = [];
    const attempts: number[] = [];
    copies({
      copy: async ({ attempt }) => {
        attempts.push(attempt);
        throw failure('RATE_LIMITED', { side: 'target', retryAfterMs: 1 });
      },
      onVerdict: (_job, { verdict }) => verdicts.push(verdict),
    });
    const runId = await run();
    await fleet.runs.enqueue(runId, order('a'));
    await fleet.runs.finishExpansion(runId, []);
    expect(await fleet.runs.wait(runId)).toMatchObject({
      outcome: 'failed',
      counts: { failed: 1 },
      errors: [{ code: 'RATE_LIMITED' }],
    });
    expect(new Set(attempts)).toEqual(new Set([1]));
    expect(verdicts).toEqual([...Array.from({ length: 10 }, () => 'defer'), 'fail']);
  });

  it('goes by another limit at once, also for a copy that waits already', async () => {
    const { fleet, copies, run } = open();
    const { copy, count } = held();
    let source = 1;
    const consumer = copies({ copy, limitsOf: () => ({ source }) });
    const runId = await run();
    for (const tag of ['a', 'b', 'c']) void fleet.runs.enqueue(runId, order(tag));
    await count(1);
    await settled();
    expect(consumer.activeCount).toBe(1);
    source = 3;
    consumer.look();
    await count(3);
    await fleet.close();
  });

  it('answers who asked between two tries with the second, and who asked during the first with one more', async () => {
    const { fleet, copies, run } = open();
    const { copy, begun, count } = held();
    copies({ copy });
    const [first, during, between] = [await run(), await run(), await run()];
    void fleet.runs.enqueue(first, order('a'));
    await count(1);
    void fleet.runs.enqueue(during, order('a'));
    begun[0]?.fail(failure('SERVER_FAILED', { retryAfterMs: 50 }));
    await settled();
    void fleet.runs.enqueue(between, order('a'));
    for (const runId of [first, during, between]) await fleet.runs.finishExpansion(runId, []);
    await count(2);
    begun[1]?.end();
    expect(await fleet.runs.wait(between)).toMatchObject({ counts: { enqueued: 0, skipped: 1 } });
    await count(3);
    begun[2]?.end();
    expect(await fleet.runs.wait(during)).toMatchObject({ counts: { enqueued: 1, copied: 1 } });
    expect(begun.map(({ job }) => [job.runId, job.attempt])).toEqual([
      [first, 1],
      [first, 2],
      [during, 1],
    ]);
  });

  it('gives one at a time of a lane that is not served, so that it comes to its end', async () => {
    const { fleet, copies, run } = open();
    const { copy, begun, count } = held();
    copies({ copy, servesLane: () => false });
    const runId = await run();
    const queued = ['a', 'b'].map((tag) => fleet.runs.enqueue(runId, order(tag)));
    await count(1);
    await settled();
    expect(begun).toHaveLength(1);
    begun[0]?.end();
    await Promise.all(queued);
    expect(begun).toHaveLength(2);
    await fleet.close();
  });
});
