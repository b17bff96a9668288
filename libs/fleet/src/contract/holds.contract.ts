import { describe, expect, it, vi } from 'vitest';
import type { CopyJob, Hold, NewHold } from '../index.ts';
import { COPIED, heldCopies, type OpenStore, order, orders, useStore } from './store.fixture.ts';

const hub: NewHold = {
  scope: { kind: 'registry', registry: 'hub.test' },
  cause: 'operator',
  reason: 'they move house',
};

/** What is not begun while somebody holds it back. */
export function describeHolds(open: OpenStore): void {
  const store = useStore(open);

  it.each<{
    readonly what: string;
    readonly scope: Hold['scope'];
    readonly source: string;
    readonly target: string;
  }>([
    { what: 'from a registry', scope: hub.scope, source: 'hub.test', target: 'mirror.test' },
    { what: 'to a registry', scope: hub.scope, source: 'other.test', target: 'hub.test' },
    { what: 'at all', scope: { kind: 'everything' }, source: 'hub.test', target: 'mirror.test' },
  ])('begins no copy $what that is held, and all once the hold is lifted', async ({ scope, ...route }) => {
    const { holds } = store.fleet;
    await holds.place({ ...hub, scope });
    const begun: string[] = [];
    const copy = async ({ request }: CopyJob) => {
      begun.push(request.source.registry);
      return COPIED;
    };
    store.copies({ copy, concurrency: 2 });
    const runId = await store.ask(...orders(3, route));
    if (scope.kind === 'registry') {
      await store.ended(await store.ask(...orders(1, { source: 'free.test', target: 'other.test' })));
      expect(begun).toEqual(['free.test']);
    }
    expect(begun).not.toContain(route.source);
    expect(await holds.lift(scope, 'operator')).toBe(true);
    expect((await store.ended(runId)).counts).toMatchObject({ copied: 3, failed: 0 });
  });

  it('ends a hold by itself when its time is over', async () => {
    const { holds } = store.fleet;
    await holds.place({ ...hub, forMs: 300 });
    store.copies({});
    const runId = await store.ask(...orders(2, { source: 'hub.test' }));
    expect((await store.ended(runId)).counts.copied).toBe(2);
    expect(await holds.list()).toEqual([]);
    expect(holds.current).toEqual([]);
  });

  it('knows since when and until when, the oldest first, one for each scope and cause', async () => {
    const { holds } = store.fleet;
    const beforeMs = Date.now();
    await holds.place({ ...hub, reason: 'the first', forMs: 60_000 });
    await holds.place({ scope: { kind: 'task', task: 'a task: of "mine"' }, cause: 'operator', reason: '' });
    await holds.place({ ...hub, cause: 'outage', reason: 'nothing listens there', forMs: 60_000 });
    await holds.place({ ...hub, reason: 'the second', isImmediate: true });
    const all = [...(await holds.list())];
    expect(
      all.map(({ scope, cause, reason, isImmediate }) => ({ scope, cause, reason, isImmediate })),
    ).toEqual(
      expect.arrayContaining([
        { scope: { kind: 'task', task: 'a task: of "mine"' }, cause: 'operator', reason: '' },
        { scope: hub.scope, cause: 'outage', reason: 'nothing listens there' },
        { scope: hub.scope, cause: 'operator', reason: 'the second', isImmediate: true },
      ]),
    );
    expect(all).toHaveLength(3);
    expect(all.map(({ sinceMs }) => sinceMs)).toEqual(
      all.map(({ sinceMs }) => sinceMs).toSorted((a, b) => a - b),
    );
    for (const { cause, sinceMs, untilMs } of all) {
      expect(sinceMs).toBeGreaterThanOrEqual(beforeMs - 1_000);
      expect(untilMs === undefined).toBe(cause === 'operator');
    }
  });

  it('says whether there was a hold to be lifted', async () => {
    const { holds } = store.fleet;
    await holds.place(hub);
    expect(await holds.lift(hub.scope, 'outage')).toBe(false);
    expect(await holds.lift(hub.scope, 'operator')).toBe(true);
    expect(await holds.lift(hub.scope, 'operator')).toBe(false);
  });

  it('tells who listens of what is placed and lifted', async () => {
    const { holds } = store.fleet;
    const told: number[] = [];
    const waiting = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const stop = holds.listen(() => {
      told.push(holds.current.length);
      (holds.current.length > 0 ? waiting : gone).resolve();
    });
    await holds.place(hub);
    await waiting.promise;
    await holds.lift(hub.scope, 'operator');
    await gone.promise;
    stop();
    await holds.place(hub);
    expect(told).toEqual([1, 0]);
  });

  describe('of an operator', () => {
    const task: Hold['scope'] = { kind: 'task', task: 'a task' };
    const ofTask = { scope: task, cause: 'operator', reason: 'the disk is nearly full' } as const;
    const otherTask = (tag: string) => {
      const { request, ...rest } = order(tag);
      return { ...rest, request: { ...request, task: 'another task' } };
    };

    it('begins no copy of a task that is held, and those of others beside it', async () => {
      const { holds } = store.fleet;
      await holds.place(ofTask);
      const begun: (string | undefined)[] = [];
      const copy = async ({ request }: CopyJob) => {
        begun.push(request.task);
        return COPIED;
      };
      store.copies({ copy, concurrency: 2 });
      const runId = await store.ask(...orders(5));
      await store.ended(await store.ask(...['a', 'b', 'c'].map(otherTask)));
      expect(begun).toEqual(Array(3).fill('another task'));
      await holds.lift(task, 'operator');
      expect((await store.ended(runId)).counts).toMatchObject({ copied: 5, failed: 0 });
    });

    it.each([
      ['the task', task],
      ['a registry', { kind: 'registry', registry: 'target.test' }],
      ['everything', { kind: 'everything' }],
    ] as const)(
      'hands copies under way of %s back at once where that is wanted, without an attempt',
      async (_what, scope) => {
        const { holds } = store.fleet;
        const held = heldCopies();
        store.copies({ copy: held.copy, concurrency: 2 });
        const runId = await store.ask(...orders(2, { attempts: 1 }));
        await held.reached(2);
        await holds.place({ ...ofTask, scope, isImmediate: true });
        await vi.waitUntil(() => held.aborted.length === 2, { timeout: 5_000 });
        expect(held.aborted).toEqual(['held', 'held']);
        expect(held.begun).toHaveLength(2);
        await holds.lift(scope, 'operator');
        expect((await held.nth(4)).attempt).toBe(1);
        held.endAll();
        expect((await store.ended(runId)).counts).toMatchObject({ copied: 2, failed: 0 });
      },
    );

    it('lets copies under way go on for a while, and hands back what has not ended by then', async () => {
      const { holds } = store.fleet;
      const held = heldCopies();
      store.copies({ copy: held.copy, concurrency: 2, holdGraceMs: 500 });
      const runId = await store.ask(...orders(3));
      await held.reached(2);
      await holds.place(ofTask);
      const first = await held.nth(1);
      first.end();
      await vi.waitUntil(() => held.aborted.length === 1, { timeout: 5_000 });
      expect((await store.run(runId))?.counts.copied).toBe(1);
      expect(held.begun).toHaveLength(2);
      await holds.lift(task, 'operator');
      await held.reached(4);
      held.endAll();
      expect((await store.ended(runId)).counts).toMatchObject({ copied: 3, failed: 0 });
    });

    it('aborts nothing where the hold is lifted before that time is over, or is that of an outage', async () => {
      const { holds } = store.fleet;
      const held = heldCopies();
      store.copies({ copy: held.copy, concurrency: 2, holdGraceMs: 200 });
      const runId = await store.ask(...orders(1));
      await store.ask(otherTask('other'));
      await held.reached(2);
      const source = { kind: 'registry', registry: 'source.test:5000' } as const;
      await holds.place({ scope: source, cause: 'outage', reason: 'nothing listens there', forMs: 60_000 });
      await holds.place(ofTask);
      await holds.lift(task, 'operator');
      // The time of whoever is held later is over later.
      await holds.place({ ...ofTask, scope: { kind: 'task', task: 'another task' } });
      await vi.waitUntil(() => held.aborted.length > 0, { timeout: 5_000 });
      held.endAll();
      expect((await store.ended(runId)).counts).toMatchObject({ copied: 1, failed: 0 });
      expect(held.aborted).toEqual(['held']);
      expect(held.begun).toHaveLength(2);
    });
  });
}
