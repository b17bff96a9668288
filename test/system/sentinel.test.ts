import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, fillRegistry, startRedis, startSentinel } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { arrived } from './counts.ts';
import { plain, type Run, Site } from './site.ts';

const TAGS = Array.from({ length: 40 }, (_, number) => `v${number}`);
const PASSWORD = 'hunter2-hunter2';
const USER = ['SETUSER', 'fleet', 'on', `>${PASSWORD}`, '~*', '&*', '+@all'];

describe('system/sentinel', () => {
  it('ends a run at the new primary when the old one is killed, with all processes and by a password file', async () => {
    await using site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: TAGS }]);
    const replica = site.keep(await startRedis({ persistent: true }));
    for (const redis of [site.redis, replica]) await redis.call('ACL', ...USER);
    await replica.follow(site.redis);
    const sentinel = site.keep(await startSentinel({ name: 'main', primary: site.redis }));
    await sentinel.knowsReplicas('main', 1);
    await writeFile(join(site.folder.path, 'password'), `${PASSWORD}\n`, { mode: 0o600 });
    const address = `redis+sentinel://${sentinel.host}/main`;
    const regfleet = await site.command(
      {
        redis: { url: address, username: 'fleet', 'password-file': 'password' },
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
      },
      { LOG_LEVEL: 'trace' },
    );
    const services = [
      await site.serve(regfleet, 'scheduler'),
      await site.serve(regfleet, 'worker', ['--concurrency', '2']),
    ];
    await regfleet.json(['enqueue', 'app']);
    await arrived(site.target, 'app', 6);

    await replica.catchUp(site.redis);
    await site.redis.kill();
    await arrived(site.target, 'app', TAGS.length);

    const run = await eventually(
      async () => {
        const last = await lastRun(regfleet).catch(() => undefined);
        return last?.outcome === undefined ? undefined : last;
      },
      { deadlineMs: 120_000, what: 'the run to end' },
    );
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { enqueued: 40, failed: 0 } });
    expect(run.counts.copied + run.counts.unchanged).toBe(40);
    expect(await regfleet.json(['status'])).toMatchObject({ redis: address });
    const logs = services.map(({ process }) => process.stdout() + process.stderr()).join('\n');
    expect(logs).toContain('commands wait for redis');
    expect(logs).not.toContain('hunter2');
  });
});

async function lastRun(regfleet: {
  json(argv: readonly string[]): Promise<unknown>;
}): Promise<Run | undefined> {
  const { tasks } = (await regfleet.json(['status'])) as { tasks: { lastRun?: Run }[] };
  return tasks[0]?.lastRun;
}
