import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { digestOf, eventually, fillRegistry, Regfleet } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { plain, type Run, Site } from './site.ts';

// Enough for the worker that is cut off to be given some.
const IMAGES = 50;
const TAGS = Array.from({ length: 20 }, (_, number) => `v${number}`);

describe('system/outage-knowledge', () => {
  it.concurrent('waits for a registry that is down when a run begins, also after a restart of all, and fails nothing', async () => {
    await using site = await filledSite();
    const regfleet = await site.command(configOf(site));
    const services = [await site.serve(regfleet, 'scheduler'), await site.serve(regfleet, 'worker')];
    expect(await regfleet.runTask('app')).toMatchObject({
      counts: { copied: TAGS.length },
    });
    for (const { process } of services) {
      process.kill('SIGTERM');
      await process.exited;
    }
    await site.source.kill();
    const scheduler = await site.serve(regfleet, 'scheduler');
    const run = regfleet.runTask('app') as Promise<Run>;
    await scheduler.process.waitForLine(/registry is down: its work waits/, 60_000);
    await site.source.restart();
    expect(await run).toMatchObject({
      outcome: 'succeeded',
      counts: { inSync: TAGS.length, enqueued: 0 },
      errors: [],
    });
  });

  it.concurrent('is not ready as the one worker that cannot reach a registry, and fails nothing', async () => {
    await using site = await filledSite();
    // So slowly that the other worker comes to its turn before all is done.
    const registries = { [site.source.host]: { 'requests-per-second': 25 } };
    const regfleet = await site.command({ ...configOf(site), registries });
    await site.serve(regfleet, 'scheduler');
    await site.serve(regfleet, 'worker', ['--concurrency', '1']);
    expect(await regfleet.runTask('one')).toMatchObject({ counts: { copied: 1 } });
    const alone = await site.serve(await cutOff(site), 'worker', ['--concurrency', '1']);
    await fillRegistry(site.source, [
      { repository: 'more', tags: Array.from({ length: IMAGES }, (_, number) => `v${number}`) },
    ]);
    const run = regfleet.runTask('more') as Promise<Run>;
    const reasons = await eventually(
      async () => {
        const answer = await fetch(`${alone.url}/readyz`);
        return answer.ok ? undefined : await answer.text();
      },
      { deadlineMs: 60_000, what: 'the worker not to be ready' },
    );
    expect(reasons).toContain('though it works for others');
    expect(await run).toMatchObject({
      outcome: 'succeeded',
      counts: { copied: IMAGES, failed: 0 },
      errors: [],
    });
    expect(await digestOf(site.target, 'more', 'v0')).toBe(await digestOf(site.source, 'more', 'v0'));
  });
});

/** The command as on a machine from which nothing leads to the source. */
async function cutOff({ folder, source }: Site): Promise<Regfleet> {
  const firewall = join(folder.path, 'firewall.mjs');
  await writeFile(
    firewall,
    `import { Socket } from 'node:net';
const { connect } = Socket.prototype;
Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (String(options?.port) === '${source.port}') options.port = 1;
  return connect.apply(this, args);
};
`,
  );
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(firewall).href}` };
  return new Regfleet({ config: join(folder.path, 'config.yaml'), env });
}

async function filledSite(): Promise<Site> {
  const site = await Site.start();
  await fillRegistry(site.source, [{ repository: 'app', tags: TAGS }]);
  return site;
}

function configOf(site: Site): Record<string, unknown> {
  const task = { schedule: '0 0 1 1 *', source: plain(site.source), target: plain(site.target) };
  return {
    relay: 'direct',
    // What fails would fail at once.
    retries: { attempts: 1 },
    tasks: [
      { ...task, name: 'app', mappings: [{ from: 'app' }] },
      { ...task, name: 'one', mappings: [{ from: 'app', to: 'one', tags: ['v1'] }] },
      { ...task, name: 'more', mappings: [{ from: 'more' }] },
    ],
  };
}
