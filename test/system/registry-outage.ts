import { digestOf, eventually, fillRegistry, listTags, type Regfleet } from '@regfleet/harness';
import { expect } from 'vitest';
import { plain, type Run, Site } from './site.ts';

/** Who copies: a fleet of two workers, or `sync` alone. */
export type Kind = 'fleet' | 'sync';

export type Down = 'source' | 'target';

interface Incident {
  readonly by: Kind;
  readonly down: Down;
  readonly seconds: number;
  readonly images: number;
}

/** One registry is gone in the middle of a run, for so long, and comes back. @returns what `sync` or a worker told meanwhile. */
export async function outage({ by, down, seconds, images }: Incident): Promise<void> {
  await using site = await Site.start();
  const tags = Array.from({ length: images }, (_, number) => `v${number}`);
  await fillRegistry(site.source, [{ repository: 'app', tags }]);
  const regfleet = await site.command(config(site));
  const ended = await start(by, site, regfleet);
  await copied(site, 5);
  await site[down].kill();
  const sinceMs = performance.now();
  await eventually(() => performance.now() - sinceMs >= seconds * 1000, { deadlineMs: 2_000 * seconds });
  await site[down].restart();
  const run = await ended;
  expect(run.errors).toEqual([]);
  expect(run).toMatchObject({ outcome: 'succeeded', counts: { enqueued: images, failed: 0 } });
  for (const tag of tags)
    expect(await digestOf(site.target, 'app', tag)).toBe(await digestOf(site.source, 'app', tag));
}

const config = (site: Site): Record<string, unknown> => ({
  relay: 'direct',
  tasks: [
    {
      name: 'app',
      schedule: '0 0 1 1 *',
      source: plain(site.source),
      target: plain(site.target),
      mappings: [{ from: 'app' }],
    },
  ],
});

async function start(by: Kind, site: Site, regfleet: Regfleet): Promise<Promise<Run>> {
  if (by === 'sync') {
    const runs = regfleet.json(['sync', '--once', '--concurrency', '2']) as Promise<Run[]>;
    return runs.then(([run]) => run as Run);
  }
  const services = ['scheduler', 'worker', 'worker'] as const;
  for (const service of services)
    await site.serve(regfleet, service, service === 'worker' ? ['--concurrency', '1'] : []);
  return regfleet.json(['enqueue', 'app', '--wait']) as Promise<Run>;
}

export const copied = (site: Site, count: number): Promise<unknown> =>
  eventually(async () => (await listTags(site.target, 'app').catch(() => [])).length >= count, {
    deadlineMs: 60_000,
    intervalMs: 5,
    what: `${count} images to be copied`,
  });
