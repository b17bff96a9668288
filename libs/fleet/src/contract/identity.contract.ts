import { expect, it } from 'vitest';
import { failure, heldCopies, type OpenStore, order, orders, useStore } from './store.fixture.ts';

const MOVING = order('moving');
const FROM_ANOTHER = order('moving', { repository: 'other' });

/** Which copy answers whom (ADR 0003). */
export function describeIdentity(open: OpenStore): void {
  const store = useStore(open);
  const isOver = async (runId: string): Promise<boolean> =>
    (await store.run(runId))?.finishedAtMs !== undefined;

  it('leaves an image to the run that has queued it already', async () => {
    const [first, second] = [await store.ask(...orders(3)), await store.ask(...orders(5))];
    store.copies();
    expect((await store.ended(first)).counts).toMatchObject({ enqueued: 3, copied: 3, skipped: 0 });
    expect((await store.ended(second)).counts).toMatchObject({ enqueued: 2, copied: 2, skipped: 3 });
  });

  it('tells platforms of one target apart', async () => {
    const { request } = MOVING;
    const other = {
      ...MOVING,
      request: { ...request, platform: { os: 'linux', architecture: 'arm64' } },
    } as const;
    const runId = await store.ask(MOVING, other);
    store.copies();
    expect((await store.ended(runId)).counts).toMatchObject({ enqueued: 2, copied: 2 });
  });

  it.each([
    ['succeeds', undefined, { outcome: 'succeeded', counts: { enqueued: 0, skipped: 1 }, errors: [] }],
    [
      'fails',
      failure('DENIED'),
      { outcome: 'failed', counts: { enqueued: 1, failed: 1 }, errors: [{ code: 'DENIED' }] },
    ],
  ])('ends a run that asked for what waited already with that copy, when that %s', async (_, error, end) => {
    const held = heldCopies();
    const [first, second] = [await store.ask(MOVING), await store.ask(MOVING)];
    expect(await isOver(second)).toBe(false);
    store.copies({ copy: held.copy });
    const running = await held.nth(1);
    expect(running.runId).toBe(first);
    running.end(error);
    expect(await store.ended(second)).toMatchObject(end);
    expect((await store.ended(first)).outcome).toBe(end.outcome);
    expect(held.begun).toHaveLength(1);
  });

  it.each([
    ['succeeds', undefined, { outcome: 'succeeded', counts: { enqueued: 1, copied: 1, skipped: 0 } }],
    ['fails', failure('DENIED'), { outcome: 'failed', counts: { enqueued: 1, failed: 1 } }],
  ])(
    'ends a run that asked during a copy with the copy that follows, when that %s',
    async (_, error, end) => {
      const held = heldCopies();
      store.copies({ copy: held.copy });
      const first = await store.ask(MOVING);
      const running = await held.nth(1);
      const second = await store.ask(MOVING);
      expect(await isOver(second)).toBe(false);
      running.end();
      const following = await held.nth(2);
      expect(await store.ended(first)).toMatchObject({ outcome: 'succeeded', counts: { copied: 1 } });
      expect(following.runId).toBe(second);
      expect(await isOver(second)).toBe(false);
      following.end(error);
      expect(await store.ended(second)).toMatchObject(end);
    },
  );

  it.each([
    ['succeeds', undefined, { outcome: 'succeeded', counts: { enqueued: 0, copied: 0, skipped: 1 } }],
    ['fails', failure('DENIED'), { outcome: 'failed', counts: { enqueued: 1, failed: 1, skipped: 0 } }],
  ])('ends runs whose place a later one has taken with its copy, when that %s', async (_, error, end) => {
    const held = heldCopies();
    store.copies({ copy: held.copy });
    await store.ask(MOVING);
    const running = await held.nth(1);
    const replaced = [await store.ask(MOVING), await store.ask(MOVING)];
    const last = await store.ask(MOVING);
    running.end();
    const following = await held.nth(2);
    expect(following.runId).toBe(last);
    for (const runId of replaced) expect(await isOver(runId)).toBe(false);
    following.end(error);
    for (const runId of replaced) expect(await store.ended(runId)).toMatchObject(end);
    expect((await store.ended(last)).outcome).toBe(end.outcome);
    expect(held.begun).toHaveLength(2);
  });

  it('copies from another source to the same target after the one that waits', async () => {
    const held = heldCopies();
    const [first, second] = [await store.ask(MOVING), await store.ask(FROM_ANOTHER)];
    store.copies({ copy: held.copy });
    const one = await held.nth(1);
    expect(one.request.source.repository).toBe('library/image');
    one.end();
    const two = await held.nth(2);
    expect(two).toMatchObject({ runId: second, request: FROM_ANOTHER.request, attempt: 1 });
    two.end(failure('SERVER_FAILED'));
    (await held.nth(3)).end();
    for (const runId of [first, second])
      expect(await store.ended(runId)).toMatchObject({ outcome: 'succeeded', counts: { copied: 1 } });
  });

  it('says in a run that a later copy from another source took the place of its own', async () => {
    const held = heldCopies();
    store.copies({ copy: held.copy });
    await store.ask(MOVING);
    const running = await held.nth(1);
    const replaced = await store.ask(MOVING);
    const last = await store.ask(FROM_ANOTHER);
    running.end();
    (await held.nth(2)).end();
    expect(await store.ended(replaced)).toMatchObject({
      outcome: 'succeeded',
      counts: { copied: 0, skipped: 1 },
      reason: expect.stringContaining('another source'),
    });
    expect((await store.ended(last)).reason).toBeUndefined();
  });

  it.each(['waits', 'is copied'])(
    'goes on with a copy that others need when its run is cancelled while it %s',
    async (state) => {
      const held = heldCopies();
      const [first, second] = [await store.ask(MOVING), await store.ask(MOVING)];
      if (state === 'waits') expect(await store.fleet.runs.cancel(first)).toBe(true);
      store.copies({ copy: held.copy });
      const running = await held.nth(1);
      if (state === 'is copied') expect(await store.fleet.runs.cancel(first)).toBe(true);
      running.end();
      expect(await store.ended(second)).toMatchObject({ outcome: 'succeeded', counts: { skipped: 1 } });
      expect(await store.run(first)).toMatchObject({ outcome: 'cancelled' });
      expect(held.aborted).toEqual([]);
    },
  );

  it('copies for those whose place was taken by a run that was then cancelled, and for nobody once all are', async () => {
    const held = heldCopies();
    const consumer = store.copies({ copy: held.copy });
    await store.ask(MOVING);
    const running = await held.nth(1);
    const replaced = await store.ask(MOVING);
    await store.fleet.runs.cancel(await store.ask(MOVING));
    running.end();
    const following = await held.nth(2);
    await store.fleet.runs.cancel(await store.ask(MOVING));
    following.end();
    expect(await store.ended(replaced)).toMatchObject({ outcome: 'succeeded', counts: { skipped: 1 } });
    await expect.poll(() => consumer.activeCount).toBe(0);
    const other = await store.ask(order('other'));
    (await held.nth(3)).end();
    await store.ended(other);
    expect(held.begun.map(({ request }) => request.source.tag)).toEqual(['moving', 'moving', 'other']);
  });

  it('shares a copy with a run of an operator', async () => {
    const scheduled = await store.ask(MOVING);
    const urgent = await store.begin('urgent', 'operator');
    await store.queue(urgent, [MOVING]);
    await store.fleet.runs.finishExpansion(urgent, []);
    store.copies();
    expect((await store.ended(urgent)).counts).toMatchObject({ copied: 0, skipped: 1 });
    expect((await store.ended(scheduled)).counts).toMatchObject({ copied: 1 });
  });
}
