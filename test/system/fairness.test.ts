import { countingProxy, digestOf, eventually, inMemoryRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { type Run, Site } from './site.ts';

const LONG = Array.from({ length: 1_000 }, (_, number) => `long${number}`);
const SLOW = ['slow1', 'slow2', 'slow3', 'slow4'];
const SLOTS = 4;

describe('system/fairness', () => {
  it('begins the run and the copy of an operator within 5 s behind a long run and four slow expansions', async () => {
    await using site = await Site.start();
    const registry = await inMemoryRegistry({
      repositories: [
        { name: 'long', tags: LONG },
        { name: 'small', tags: ['a', 'b'] },
        ...SLOW.map((name) => ({ name, tags: ['x'] })),
      ],
    });
    site.keep(registry);
    const source = site.keep(await countingProxy(registry.url));
    const target = site.keep(await countingProxy(site.target));
    const task = (name: string, schedule?: string): object => ({
      name,
      ...(schedule !== undefined && { schedule }),
      source: { registry: source.host, 'skip-tls-verify': true },
      target: { registry: target.host, 'skip-tls-verify': true },
      mappings: [{ from: name, ...(name === 'small' && { tags: ['a'] }) }],
    });
    const regfleet = await site.command({
      relay: 'direct',
      // Those without a schedule begin with the scheduler.
      tasks: [task('long'), ...SLOW.map((name) => task(name)), task('small', '0 0 1 1 *')],
    });
    const listings = source.inject({ kind: 'tags', path: /\/slow\d\//, held: true });
    const copies = target.inject({ kind: 'manifest', method: 'PUT', path: /\/long\//, held: true });
    await site.serve(regfleet, 'scheduler', ['--expansions', '4']);
    await site.serve(regfleet, 'worker', ['--concurrency', String(SLOTS)]);
    await eventually(() => listings.hits >= SLOW.length && copies.hits >= SLOTS, {
      deadlineMs: 90_000,
      what: 'all places for expansions and copies to be taken',
    });

    const seen = (path: RegExp): number => source.requests.count({ method: 'GET', path });
    const enqueued = regfleet.json(['enqueue', 'small', '--wait']) as Promise<Run>;
    const queued = eventually(async () => {
      const { tasks } = (await regfleet.json(['status', '--task', 'small'])) as {
        tasks: { lastRun?: Run }[];
      };
      return tasks[0]?.lastRun !== undefined;
    });
    await eventually(() => source.requests.count({ path: /\/small\/manifests\/a/ }) > 0, {
      deadlineMs: 10_000,
      what: 'the small run to begin',
    });
    await queued;
    const copied = regfleet.json([
      'copy',
      `${source.host}/small:b`,
      `${target.host}/small:b`,
      '--wait',
    ]) as Promise<Run>;
    await eventually(() => seen(/\/small\/blobs/) > 0, { deadlineMs: 10_000, what: 'a copy to begin' });

    for (const run of await Promise.all([enqueued, copied]))
      expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: 1, failed: 0 } });
    for (const tag of ['a', 'b'])
      expect(await digestOf(site.target, 'small', tag)).toBe(registry.digestOf('small', tag));
    expect(await digestOf(site.target, 'long', 'long0').catch(() => undefined)).toBeUndefined();
    for (const fault of [listings, copies]) fault.release();
  });
});
