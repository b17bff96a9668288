import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { countingProxy, digestOf, eventually, fillRegistry, type Regfleet } from '@regfleet/harness';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { arrived } from './counts.ts';
import { plain, type Run, Site } from './site.ts';

const IMAGES = 100;
const TAGS = Array.from({ length: IMAGES }, (_, number) => `v${number}`);

describe('system/crash', () => {
  it('completes a run of many images with exact counts when a worker is killed in the middle', async () => {
    await using site = await Site.start();
    const filled = await fillRegistry(site.source, [
      { repository: 'app', tags: TAGS, image: (tag) => ({ layers: [`layer of ${tag}`] }) },
    ]);
    const regfleet = await site.command({
      relay: 'skopeo',
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
    await site.serve(regfleet, 'scheduler');
    const doomed = await site.serve(regfleet, 'worker', ['--concurrency', '2', '--lock', '3']);
    await site.serve(regfleet, 'worker', ['--concurrency', '2', '--lock', '3']);

    const waiting = regfleet.runTask('app') as Promise<Run>;
    await arrived(site.target, 'app', 20);
    doomed.process.kill('SIGKILL');
    const run = await waiting;

    expect(run.outcome).toBe('succeeded');
    expect(run.counts).toMatchObject({ selected: IMAGES, enqueued: IMAGES, failed: 0 });
    expect(run.counts.copied + run.counts.unchanged).toBe(IMAGES);
    for (const { tag, digest } of filled) expect(await digestOf(site.target, 'app', tag)).toBe(digest);
  });

  it('ends the uploads that a killed worker has left at the target', async () => {
    const user = { username: 'robot', password: 'p"ass:w0rd' };
    await using site = await Site.start({ target: { htpasswd: user } });
    await fillRegistry(site.source, [{ repository: 'app', tags: ['v1'] }]);
    const source = site.keep(await countingProxy(site.source));
    const silence = source.inject({ kind: 'blob', method: 'GET', held: true });
    const regfleet = await site.command({
      relay: 'direct',
      tasks: [
        {
          name: 'app',
          schedule: '0 0 1 1 *',
          source: { registry: source.host, 'skip-tls-verify': true },
          target: { ...plain(site.target), ...user },
          mappings: [{ from: 'app' }],
        },
      ],
    });
    const flags = ['--lock', '2'];
    await site.serve(regfleet, 'scheduler');
    const doomed = await site.serve(regfleet, 'worker', flags);
    const folder = join(site.target.dir, 'docker/registry/v2/repositories/app/_uploads');
    // docker-registry forgets an upload by its content, and leaves its folder.
    const left = async (): Promise<string[]> =>
      (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('/data'));
    const redis = new Redis(site.redis.url);
    onTestFinished(() => redis.disconnect());
    const noted = (): Promise<number> => redis.zcard('{regfleet}:uploads');

    const waiting = regfleet.runTask('app') as Promise<Run>;
    await eventually(async () => (await noted()) === 3, { what: 'config and layers to be noted' });
    const dead = await left();
    expect(dead).toHaveLength(3);
    doomed.process.kill('SIGKILL');
    await doomed.process.exited;
    await site.serve(regfleet, 'worker', flags);
    await eventually(async () => (await left()).every((id) => !dead.includes(id)), {
      deadlineMs: 20_000,
      what: 'the uploads to be ended',
    });
    silence.release();
    expect((await waiting).outcome).toBe('succeeded');
    expect(await left()).toEqual([]);
    await eventually(async () => (await noted()) === 0, { what: 'no upload to be noted' });
  });

  it('goes on with an expansion, and leads, within 15 s of the death of the scheduler that did', async () => {
    await using site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: ['v1', 'v2'] }]);
    const source = site.keep(await countingProxy(site.source));
    const regfleet = await site.command({
      relay: 'direct',
      tasks: [
        {
          name: 'app',
          schedule: '0 0 1 1 *',
          source: { registry: source.host, 'skip-tls-verify': true },
          target: plain(site.target),
          mappings: [{ from: 'app' }],
        },
      ],
    });
    const doomed = await site.serve(regfleet, 'scheduler');
    const led = /"msg":"leading the schedules"/;
    await doomed.process.waitForLine(led, 30_000);
    await eventually(async () => (await processes(regfleet))[0]?.leads, {
      deadlineMs: 30_000,
      what: 'status to tell so',
    });
    const listing = source.inject({ kind: 'tags', held: true });
    await regfleet.json(['enqueue', 'app']);
    await eventually(() => listing.hits === 1, { what: 'the expansion to begin' });
    const other = await site.serve(regfleet, 'scheduler');
    await eventually(async () => (await fetch(`${other.url}/readyz`)).ok, { what: 'the second to be ready' });
    expect(await processes(regfleet)).toHaveLength(2);

    doomed.process.kill('SIGKILL');
    const killedAtMs = performance.now();
    await eventually(() => listing.hits === 2, { deadlineMs: 15_000, what: 'the expansion to go on' });
    await eventually(() => led.test(other.process.stdout()), {
      deadlineMs: killedAtMs + 15_000 - performance.now(),
      what: 'the other to lead',
    });
    listing.release();
    await site.serve(regfleet, 'worker');
    await arrived(site.target, 'app', 2);
    await eventually(async () => (await lastRun(regfleet, 'app'))?.outcome === 'succeeded', {
      what: 'the run to end',
    });
    expect((await lastRun(regfleet, 'app'))?.counts).toMatchObject({ selected: 2, copied: 2, failed: 0 });
  });
});

interface Process {
  readonly pid: number;
  readonly active: number;
  readonly leads?: boolean;
}

async function processes(regfleet: Regfleet): Promise<readonly Process[]> {
  return ((await regfleet.json(['status'])) as { workers: readonly Process[] }).workers;
}

async function lastRun(regfleet: Regfleet, task: string): Promise<Run | undefined> {
  const { tasks } = (await regfleet.json(['status'])) as { tasks: { task: string; lastRun?: Run }[] };
  return tasks.find((status) => status.task === task)?.lastRun;
}
