import { expect, it } from 'vitest';
import { gauge, heldCopies, type OpenStore, orders, useStore } from './store.fixture.ts';

/** How many copies may be under way at once from and to a registry. */
export function describeLimits(open: OpenStore): void {
  const store = useStore(open);

  const bySide = () =>
    gauge(({ request: { source, target } }) => [`from ${source.registry}`, `to ${target.registry}`]);

  it('copies no more from a source at once than its limit, whatever relay and target', async () => {
    const { copy, mostOf } = bySide();
    const runId = await store.ask(
      ...orders(8, { source: 'hub.test', target: 'one.test' }),
      ...orders(8, { source: 'hub.test', target: 'other.test' }),
      ...orders(8, { source: 'hub.test', target: 'third.test', relay: 'skopeo' }),
    );
    store.copies({ copy, relays: ['direct', 'skopeo'], concurrency: 8, limitsOf: () => ({ source: 2 }) });
    expect((await store.ended(runId)).counts.copied).toBe(24);
    expect(mostOf('from hub.test')).toBe(2);
  });

  it('copies no more to a target at once than its limit, whatever the source', async () => {
    const { copy, mostOf } = bySide();
    const runId = await store.ask(
      ...orders(8, { source: 'one.test', prefix: 'one' }),
      ...orders(8, { source: 'other.test', prefix: 'other' }),
    );
    store.copies({ copy, concurrency: 8, limitsOf: () => ({ target: 2 }) });
    expect((await store.ended(runId)).counts.copied).toBe(16);
    expect(mostOf('to target.test')).toBe(2);
  });

  it('takes one of each side for a copy within one registry', async () => {
    const { copy, mostOf } = bySide();
    const runId = await store.ask(
      ...orders(4, { source: 'hub.test', target: 'hub.test', prefix: 'within' }),
      ...orders(4, { source: 'hub.test', target: 'other.test', prefix: 'from' }),
      ...orders(4, { source: 'other.test', target: 'hub.test', prefix: 'to' }),
    );
    store.copies({
      copy,
      concurrency: 8,
      limitsOf: ({ source, target }) => ({
        ...(source === 'hub.test' && { source: 1 }),
        ...(target === 'hub.test' && { target: 1 }),
      }),
    });
    expect((await store.ended(runId)).counts.copied).toBe(12);
    expect([mostOf('from hub.test'), mostOf('to hub.test')]).toEqual([1, 1]);
  });

  it('keeps the limit over all who take copies', async () => {
    const { copy, mostOf } = bySide();
    const runId = await store.ask(...orders(20));
    for (let number = 0; number < 2; number += 1) store.copies({ copy, limitsOf: () => ({ source: 3 }) });
    expect((await store.ended(runId)).counts.copied).toBe(20);
    expect(mostOf('from source.test:5000')).toBe(3);
  });

  it('keeps nobody from copying between other registries while one is at its limit', async () => {
    const held = heldCopies();
    const runId = await store.ask(...orders(5, { source: 'hub.test' }));
    store.copies({
      copy: held.copy,
      concurrency: 3,
      limitsOf: ({ source }) => (source === 'hub.test' ? { source: 1 } : {}),
    });
    await held.reached(1);
    await store.ask(...orders(2, { source: 'free.test', target: 'other.test' }));
    await held.reached(3);
    expect(held.begun.map(({ request }) => request.source.registry)).toEqual([
      'hub.test',
      'free.test',
      'free.test',
    ]);
    expect(await store.fleet.runs.cancel(runId)).toBe(true);
  });

  it('keeps a place of neither side for a copy that the other side keeps waiting', async () => {
    const held = heldCopies();
    const limitsOf = () => ({ source: 1, target: 1 });
    store.copies({ copy: held.copy, concurrency: 4, limitsOf });
    await store.ask(...orders(1, { source: 'busy.test', target: 'one.test' }));
    await held.reached(1);
    await store.ask(...orders(1, { source: 'busy.test', target: 'other.test' }));
    await store.ask(...orders(1, { source: 'free.test', target: 'other.test', prefix: 'free' }));
    expect((await held.nth(2)).request.source.registry).toBe('free.test');
  });

  it('goes by another limit from when it is told to look', async () => {
    const held = heldCopies();
    let source = 1;
    const consumer = store.copies({ copy: held.copy, limitsOf: () => ({ source }) });
    await store.ask(...orders(5));
    await held.reached(1);
    source = 3;
    consumer.look();
    await held.reached(3);
    await expect.poll(() => consumer.activeCount).toBe(3);
  });
}
