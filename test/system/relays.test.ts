import { join } from 'node:path';
import { digestOf, eventually, listTags, pushImage, startDockerd } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { plain, Site } from './site.ts';

const isRoot = process.getuid?.() === 0;
const title = isRoot ? 'system/relays' : 'system/relays (skipped: its docker daemon needs root)';

describe.skipIf(!isRoot)(title, () => {
  it('copies what it can while a relay is missing, and the rest once that relay works', async () => {
    await using site = await Site.start();
    const dockerd = site.keep(await startDockerd());
    await pushImage(site.source, 'app', 'v1', { layers: ['a'] });
    const regfleet = await site.command(twoTasks(site, dockerd.host));
    await dockerd.kill();
    await site.serve(regfleet, 'scheduler');
    const { url } = await site.serve(regfleet, 'worker');
    const readiness = async (): Promise<{ status: number; body: string }> => {
      const response = await fetch(`${url}/readyz`);
      return { status: response.status, body: await response.text() };
    };
    const copied = (repository: string): Promise<unknown> =>
      eventually(async () => (await listTags(site.target, repository)).length === 1, { deadlineMs: 60_000 });
    await copied('direct');
    const missing = await eventually(async () => {
      const answer = await readiness();
      return answer.body.includes('docker') ? answer : undefined;
    });
    expect(missing.status).toBe(503);
    expect(missing.body).toContain('relay docker does not work here');

    await dockerd.restart();
    await copied('docker');
    expect((await readiness()).status).toBe(200);
  });

  it('waits for the daemon where there is no fleet, and says so', async () => {
    await using site = await Site.start();
    const dockerd = site.keep(await startDockerd());
    await pushImage(site.source, 'app', 'v1', { layers: ['a'] });
    const regfleet = await site.command(twoTasks(site, dockerd.host));
    await dockerd.kill();
    const sync = site.keep(await regfleet.spawn(['sync', '--once', '--run', 'docker']));
    await sync.waitForLine(/waiting for the docker daemon/, 30_000);
    await dockerd.restart();
    expect(await sync.exited).toEqual({ code: 0, signal: null });
    expect(await listTags(site.target, 'docker')).toEqual(['v1']);
  });

  it('does not copy again what changed its digest, where sync keeps its records in a folder', async () => {
    await using site = await Site.start();
    const dockerd = site.keep(await startDockerd());
    await pushImage(site.source, 'app', 'v1', { layers: ['a'] });
    const regfleet = await site.command(twoTasks(site, dockerd.host));
    const flags = ['--run', 'docker', '--state', join(site.folder.path, 'state')];
    const sync = () => regfleet.json(['sync', '--once', ...flags]);
    expect(await sync()).toMatchObject([{ counts: { copied: 1 } }]);
    expect(await digestOf(site.target, 'docker', 'v1')).not.toBe(await digestOf(site.source, 'app', 'v1'));
    expect(await sync()).toMatchObject([{ counts: { selected: 1, enqueued: 0, copied: 0 } }]);
    const planned = (words: string[]) => regfleet.json(['plan', 'docker', ...words]);
    expect(await planned(flags.slice(2))).toMatchObject([{ images: [{ state: 'in-sync' }] }]);
    expect(await planned([])).toMatchObject([{ images: [{ state: 'stale' }] }]);
    await pushImage(site.source, 'app', 'v1', { layers: ['b'] });
    expect(await sync()).toMatchObject([{ counts: { copied: 1 } }]);
  });
});

function twoTasks(site: Site, dockerhost: string): Record<string, unknown> {
  const task = (relay: string): object => ({
    name: relay,
    relay,
    source: plain(site.source),
    target: plain(site.target),
    mappings: [{ from: 'app', to: relay }],
  });
  return { docker: { dockerhost }, tasks: [task('direct'), task('docker')] };
}
