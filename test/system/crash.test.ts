import { digestOf, eventually, fillRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { plain, type Run, Site } from './site.ts';

const TAGS = Array.from({ length: 200 }, (_, number) => `v${number}`);

describe('system/crash', () => {
  it('completes a run of 200 images with exact counts when a worker is killed in the middle', async () => {
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

    const waiting = regfleet.json(['enqueue', 'app', '--wait']) as Promise<Run>;
    await eventually(async () => ((await lastRun(regfleet, 'app'))?.counts.copied ?? 0) >= 20, {
      deadlineMs: 60_000,
      what: '20 images to be copied',
    });
    doomed.process.kill('SIGKILL');
    const run = await waiting;

    expect(run.outcome).toBe('succeeded');
    expect(run.counts).toMatchObject({ selected: 200, enqueued: 200, failed: 0 });
    expect(run.counts.copied + run.counts.unchanged).toBe(200);
    for (const { tag, digest } of filled) expect(await digestOf(site.target, 'app', tag)).toBe(digest);
  });
});

async function lastRun(
  regfleet: Awaited<ReturnType<Site['command']>>,
  task: string,
): Promise<Run | undefined> {
  const { tasks } = (await regfleet.json(['status'])) as { tasks: { task: string; lastRun?: Run }[] };
  return tasks.find((status) => status.task === task)?.lastRun;
}
