import { digestOf, eventually, fillRegistry, type Regfleet } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { arrived } from './counts.ts';
import { plain, type Run, Site } from './site.ts';

const IMAGES = 40;
const TAGS = Array.from({ length: IMAGES }, (_, number) => `v${number}`);

describe('system/outage', () => {
  it('hands copies back when a worker is told to stop, and another worker ends the run', async () => {
    await using site = await filledSite();
    const regfleet = await oneTask(site);
    await site.serve(regfleet, 'scheduler');
    const leaving = await site.serve(regfleet, 'worker', ['--concurrency', '2']);
    const waiting = regfleet.runTask('app') as Promise<Run>;
    await arrived(site.target, 'app', 5);

    leaving.process.kill('SIGTERM');
    expect(await leaving.process.exited).toEqual({ code: 0, signal: null });
    await site.serve(regfleet, 'worker', ['--concurrency', '2']);

    expect(await waiting).toMatchObject({ outcome: 'succeeded', counts: { enqueued: IMAGES, failed: 0 } });
  });

  it('goes on where it was when Redis comes back', async () => {
    await using site = await filledSite();
    const regfleet = await oneTask(site);
    await site.serve(regfleet, 'scheduler');
    await site.serve(regfleet, 'worker', ['--concurrency', '2', '--lock', '5']);
    const runId = ((await regfleet.json(['enqueue', 'app'])) as { run: string }[])[0]?.run;
    await arrived(site.target, 'app', 5);

    await site.redis.kill();
    await site.redis.restart();
    await arrived(site.target, 'app', TAGS.length);

    const run = await eventually(
      async () => {
        const last = await lastRun(regfleet);
        return last?.outcome === undefined ? undefined : last;
      },
      { deadlineMs: 90_000, what: 'the run to end' },
    );
    expect(run).toMatchObject({ id: runId, outcome: 'succeeded', counts: { enqueued: IMAGES, failed: 0 } });
    expect(run.counts.copied + run.counts.unchanged).toBe(IMAGES);
    for (const tag of TAGS)
      expect(await digestOf(site.target, 'app', tag)).toBe(await digestOf(site.source, 'app', tag));
  });

  it('ends a service at once and with 0 when Redis is gone while it stops', async () => {
    await using site = await Site.start();
    const regfleet = await site.command({ relay: 'skopeo', tasks: [] });
    const services = [await site.serve(regfleet, 'scheduler'), await site.serve(regfleet, 'worker')];
    await Promise.all(services.map(({ url }) => ready(url, true)));
    await site.redis.kill();
    await Promise.all(services.map(({ url }) => ready(url, false)));
    for (const { process } of services) {
      process.kill('SIGTERM');
      expect(await process.exited).toEqual({ code: 0, signal: null });
    }
  });

  it('waits for a Redis that is not there yet, not ready but alive', async () => {
    await using site = await Site.start();
    const regfleet = await site.command({ relay: 'skopeo', tasks: [] });
    await site.redis.kill();
    const { url } = await site.serve(regfleet, 'worker');
    await ready(url, false);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await site.redis.restart();
    await ready(url, true);
  });

  it('tries again when a source registry is down, and shows it', async () => {
    await using site = await filledSite();
    const regfleet = await oneTask(site, {
      // Delayed for most of the time, whenever the command looks.
      retries: { attempts: 20, backoff: '4s', 'max-backoff': '4s' },
    });
    await site.serve(regfleet, 'scheduler');
    await site.serve(regfleet, 'worker');
    await site.source.kill();
    const waiting = regfleet.runTask('verbatim') as Promise<Run>;
    await eventually(
      async () => {
        const { queues } = (await regfleet.json(['status'])) as {
          queues: { queue: string; delayed: number; active: number }[];
        };
        return queues.some(({ queue, delayed }) => queue.startsWith('copy.') && delayed === 1);
      },
      { deadlineMs: 30_000, intervalMs: 1, what: 'the copy to be delayed' },
    );
    await site.source.restart();
    expect(await waiting).toMatchObject({ outcome: 'succeeded', counts: { enqueued: 1, copied: 1 } });
  });
});

async function filledSite(): Promise<Site> {
  const site = await Site.start();
  await fillRegistry(site.source, [{ repository: 'app', tags: TAGS }]);
  return site;
}

function oneTask(site: Site, more: Record<string, unknown> = {}): Promise<Regfleet> {
  const task = { schedule: '0 0 1 1 *', source: plain(site.source), target: plain(site.target) };
  return site.command({
    relay: 'skopeo',
    ...more,
    tasks: [
      { ...task, name: 'app', mappings: [{ from: 'app' }] },
      { ...task, name: 'verbatim', mappings: [{ from: 'app', to: 'verbatim', tags: ['v1'] }] },
    ],
  });
}

async function lastRun(regfleet: Regfleet): Promise<Run | undefined> {
  const { code, stdout } = await regfleet.run(['status', '--json']);
  if (code !== 0) return undefined;
  const { tasks } = JSON.parse(stdout) as { tasks: { task: string; lastRun?: Run }[] };
  return tasks.find(({ task }) => task === 'app')?.lastRun;
}

const ready = (url: string, wanted: boolean): Promise<unknown> =>
  eventually(async () => (await fetch(`${url}/readyz`)).ok === wanted, {
    deadlineMs: 30_000,
    what: `${url} to be ${wanted ? 'ready' : 'not ready'}`,
  });
