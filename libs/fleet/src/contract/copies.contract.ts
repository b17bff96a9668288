import { expect, it } from 'vitest';
import { COPIED, gauge, heldCopies, type OpenStore, order, orders, useStore } from './store.fixture.ts';

/** Who copies what, and in which order. */
export function describeCopies(open: OpenStore): void {
  const store = useStore(open);

  it('gives a worker the request as it was ordered', async () => {
    const held = heldCopies();
    store.copies({ copy: held.copy });
    const wanted = order('a');
    const runId = await store.ask(wanted);
    const { request, attempt, runId: ofRun, lane } = await held.nth(1);
    expect({ request, attempt, runId: ofRun }).toEqual({ request: wanted.request, attempt: 1, runId });
    expect(lane).toBe('copy.direct.source.test_5000_to_target.test');
    held.endAll();
  });

  it('takes jobs of an operator before those of a schedule, and those of a run in their order', async () => {
    const begun: string[] = [];
    const scheduled = await store.ask(...orders(3, { prefix: 'scheduled' }));
    const urgent = await store.begin('urgent', 'operator');
    await store.queue(urgent, orders(2, { prefix: 'urgent' }));
    await store.fleet.runs.finishExpansion(urgent, []);
    store.copies({
      concurrency: 1,
      copy: async ({ request: { source } }) => {
        begun.push(source.tag ?? '');
        return COPIED;
      },
    });
    await store.ended(scheduled);
    expect(begun).toEqual(['urgent0', 'urgent1', 'scheduled0', 'scheduled1', 'scheduled2']);
  });

  it('takes the first jobs of every run before later ones', async () => {
    const begun: string[] = [];
    const big = await store.ask(...orders(20, { prefix: 'big' }));
    await store.ask(...orders(2, { prefix: 'small' }));
    store.copies({
      concurrency: 1,
      copy: async ({ request: { source } }) => {
        begun.push(source.tag ?? '');
        return COPIED;
      },
    });
    await store.ended(big);
    expect(begun.indexOf('small1')).toBeLessThan(6);
  });

  it('has the tail of a long run and runs that come later take turns', async () => {
    const begun: string[] = [];
    const half = Promise.withResolvers<void>();
    const late = Promise.withResolvers<void>();
    const long = await store.ask(...orders(40, { prefix: 'long' }));
    store.copies({
      concurrency: 1,
      copy: async ({ request: { source } }) => {
        begun.push((source.tag ?? '').replace(/\d+$/, ''));
        if (begun.length === 20) half.resolve();
        if (begun.length === 20) await late.promise;
        return COPIED;
      },
    });
    await half.promise;
    for (const prefix of ['second', 'third']) await store.ask(...orders(10, { prefix }));
    late.resolve();
    await store.ended(long);
    // Each has a third of what follows while all three last.
    const share = begun.slice(20, 50);
    for (const run of ['long', 'second', 'third']) {
      const places = share.flatMap((name, place) => (name === run ? [place] : []));
      expect(places.length).toBeGreaterThanOrEqual(9);
      const gaps = places.map((place, index) => place - (places[index - 1] ?? -1));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(5);
    }
  });

  it('gives an operator a head start of a hundred images, and turns with others after that', async () => {
    const begun: string[] = [];
    const scheduled = await store.ask(...orders(6, { prefix: 'scheduled' }));
    const operator = await store.begin('urgent', 'operator');
    await store.queue(operator, orders(110, { prefix: 'urgent' }));
    await store.fleet.runs.finishExpansion(operator, []);
    store.copies({
      concurrency: 1,
      copy: async ({ request: { source } }) => {
        begun.push((source.tag ?? '').replace(/\d+$/, ''));
        return COPIED;
      },
    });
    await store.ended(scheduled);
    await store.ended(operator);
    expect(begun.indexOf('scheduled')).toBeGreaterThanOrEqual(99);
    expect(begun.lastIndexOf('scheduled')).toBeLessThan(114);
  });

  it('begins one copy of an operator at once where others hold all slots, whatever its lane, and has the next slot for others', async () => {
    const held = heldCopies();
    const consumer = store.copies({ copy: held.copy, concurrency: 2 });
    await store.ask(...orders(8));
    await held.reached(2);
    const urgent = await store.begin('urgent', 'operator');
    await store.queue(urgent, [order('same-lane'), order('other-lane', { source: 'other.test' })]);
    const begun = (): (string | undefined)[] => held.begun.map(({ request }) => request.source.tag);
    await held.reached(3);
    expect(consumer.activeCount).toBe(3);
    held.begun[0]?.end();
    await held.reached(4);
    expect(begun().slice(2).sort()).toEqual(['other-lane', 'same-lane']);
    expect(consumer.activeCount).toBe(3);
    held.begun[1]?.end();
    held.begun[2]?.end();
    await held.reached(5);
    expect(begun()[4]).toMatch(/^v\d/);
    held.endAll();
  });

  it('copies no more at once than its concurrency, over all lanes', async () => {
    const { copy, mostOf } = gauge(() => ['all']);
    const runId = await store.ask(
      ...orders(10, { source: 'one.test' }),
      ...orders(10, { source: 'other.test', target: 'another.test' }),
    );
    store.copies({ copy, concurrency: 3 });
    expect((await store.ended(runId)).counts.copied).toBe(20);
    expect(mostOf('all')).toBe(3);
  });

  it('shares its slots among the lanes: none starves', async () => {
    const ended: string[] = [];
    const { copy } = gauge(() => []);
    const runId = await store.ask(
      ...orders(40, { source: 'big.test' }),
      ...orders(4, { source: 'small.test', target: 'other.test' }),
    );
    store.copies({
      concurrency: 3,
      copy: async (job, context) => {
        await copy(job, context);
        ended.push(job.request.source.registry);
        return COPIED;
      },
    });
    await store.ended(runId);
    expect(ended.lastIndexOf('small.test')).toBeLessThan(36);
  });

  it('shares the copies of a run among those who take them, each one once', async () => {
    const copied: string[] = [];
    const runId = await store.ask(...orders(20));
    const begun = [heldCopies(), heldCopies()];
    for (const held of begun)
      store.copies({
        concurrency: 1,
        copy: async (job, context) => {
          copied.push(job.request.source.tag ?? '');
          // The first of each goes on until the other has one, too.
          return held.begun.length === 0 ? held.copy(job, context) : COPIED;
        },
      });
    await Promise.all(begun.map((held) => held.reached(1)));
    for (const held of begun) held.endAll();
    expect((await store.ended(runId)).counts.copied).toBe(20);
    expect(copied.sort()).toEqual(
      orders(20)
        .map(({ request }) => request.source.tag)
        .sort(),
    );
  });

  it('serves lanes of its relays only, and those of another relay once it has that', async () => {
    const relays: string[] = [];
    const consumer = store.copies({
      relays: ['skopeo'],
      copy: async ({ request: { relay } }) => {
        relays.push(relay);
        return COPIED;
      },
    });
    const runId = await store.ask(order('one'), order('two', { relay: 'skopeo' }));
    await expect.poll(async () => (await store.run(runId))?.counts.copied).toBe(1);
    expect(relays).toEqual(['skopeo']);
    consumer.serve('direct');
    await store.ended(runId);
    expect(relays).toEqual(['skopeo', 'direct']);
  });

  it('brings copies to their end that were queued before their registries left the config', async () => {
    const runId = await store.ask(...orders(3));
    store.copies({ servesLane: () => false });
    expect((await store.ended(runId)).counts.copied).toBe(3);
  });

  it('counts what is under way, and knows when something last began or ended', async () => {
    const held = heldCopies();
    const beganAtMs = Date.now();
    const consumer = store.copies({ copy: held.copy, concurrency: 2 });
    expect(consumer.activeCount).toBe(0);
    const runId = await store.ask(...orders(3));
    await held.reached(2);
    expect(consumer.activeCount).toBe(2);
    expect(consumer.lastActivityAtMs).toBeGreaterThanOrEqual(beganAtMs);
    held.begun[0]?.end();
    await held.reached(3);
    held.endAll();
    await store.ended(runId);
    await expect.poll(() => consumer.activeCount).toBe(0);
  });
}
