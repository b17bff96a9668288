import { glob, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CountingProxy,
  countingProxy,
  digestOf,
  eventually,
  fillRegistry,
  listTags,
  makeImage,
  makeIndex,
  pullEverything,
  pushImage,
  pushIndex,
  Regfleet,
  readManifest,
  startRegistry,
  type TemporaryFolder,
  type TestRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { localPlatform } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Run } from './site.ts';

const QUICKSTART = fileURLToPath(new URL('../../examples/quickstart.yaml', import.meta.url));
const OTHER_PLATFORM = { os: 'linux', architecture: 's390x' };
/** Nothing but Node: no redis-server, skopeo or docker. */
const ONLY_NODE = { PATH: dirname(process.execPath) };

interface QuickstartTask {
  source: { registry: string };
  target: { registry: string };
}

describe('system/sync', () => {
  let source: TestRegistry;
  let target: TestRegistry;
  let folder: TemporaryFolder;
  let fileCount = 0;

  beforeAll(async () => {
    [source, target, folder] = await Promise.all([startRegistry(), startRegistry(), temporaryFolder()]);
  });

  afterAll(async () => {
    for (const resource of [source, target, folder]) await resource?.stop();
  });

  async function write(config: unknown): Promise<string> {
    fileCount += 1;
    const file = join(folder.path, `config-${fileCount}.yaml`);
    await writeFile(file, stringify(config));
    return file;
  }

  const command = async (config: unknown): Promise<Regfleet> =>
    new Regfleet({ config: await write(config), env: ONLY_NODE });

  /** A config with the direct relay and a task per name, from and to these registries. */
  const configOf = (
    tasks: Readonly<Record<string, object>>,
    hosts: { source?: string; target?: string } = {},
  ): object => ({
    relay: 'direct',
    tasks: Object.entries(tasks).map(([name, rest]) => ({
      name,
      source: { registry: hosts.source ?? source.host, 'skip-tls-verify': true },
      target: { registry: hosts.target ?? target.host, 'skip-tls-verify': true },
      ...rest,
    })),
  });

  describe('the example of the first config', () => {
    const expected = [
      ['shop/web', 'mirror/shop/web', ['1.30.0', '1.31.2', 'stable']],
      ['shop/api', 'mirror/shop/api', ['2.0.0', '2.1.0']],
      ['base/debian', 'mirror/base/debian', ['12', 'slim']],
    ] as const;

    beforeAll(async () => {
      await fillRegistry(source, [
        { repository: 'shop/web', tags: ['1.29.0', '1.30.0', '1.31.2', 'stable'] },
        { repository: 'shop/api', tags: ['2.0.0', '2.1.0'] },
      ]);
      const platforms = [localPlatform(), OTHER_PLATFORM];
      for (const format of ['oci', 'docker'] as const) {
        const images = platforms.map((platform) =>
          makeImage({ layers: ['base', `${format} for ${platform.architecture}`], platform, format }),
        );
        await pushIndex(source, 'base/debian', format === 'oci' ? '12' : 'slim', makeIndex(images));
      }
    });

    async function quickstart(hosts: { source: string; target: string }): Promise<Regfleet> {
      const { redis: _, ...config } = parse(await readFile(QUICKSTART, 'utf8')) as {
        redis?: unknown;
        tasks: QuickstartTask[];
      };
      for (const task of config.tasks) {
        task.source.registry = hosts.source;
        task.target.registry = hosts.target;
      }
      return command({ ...config, relay: 'direct' });
    }

    it('is copied whole with nothing installed but Node, byte by byte', async () => {
      const regfleet = await quickstart({ source: source.host, target: target.host });
      const runs = (await regfleet.json(['sync', '--once'])) as Run[];
      expect(runs.map(({ task, outcome, counts }) => ({ task, outcome, copied: counts.copied }))).toEqual([
        { task: 'web-shop', outcome: 'succeeded', copied: 5 },
        { task: 'base-images', outcome: 'succeeded', copied: 2 },
      ]);
      for (const [from, to, tags] of expected) {
        expect(await listTags(target, to)).toEqual([...tags].sort());
        for (const tag of tags) await expectSame([from, to, tag], from === 'base/debian' ? 2 : 0);
      }
    });

    /** Manifest, children and blobs are there, and are those of the source. */
    async function expectSame(
      [from, to, tag]: readonly [string, string, string],
      count: number,
    ): Promise<void> {
      const copied = await pullEverything(target, to, tag);
      const [root, ...children] = copied.manifests;
      expect(root).toEqual(await readManifest(source, from, tag));
      for (const child of children) expect(child).toEqual(await readManifest(source, from, child.digest));
      expect(children).toHaveLength(count);
    }

    it('costs nothing but HEADs, listings and logins the second time', async () => {
      await (await quickstart({ source: source.host, target: target.host })).json(['sync', '--once']);
      await using left = await countingProxy(source);
      await using right = await countingProxy(target);
      const regfleet = await quickstart({ source: left.host, target: right.host });
      const runs = (await regfleet.json(['sync', '--once'])) as Run[];
      expect(runs.map(({ counts }) => [counts.selected, counts.inSync, counts.enqueued])).toEqual([
        [5, 5, 0],
        [2, 2, 0],
      ]);
      const requests = ({ requests: log }: CountingProxy): Record<string, number> => {
        const { 'GET ping': _, ...others } = log.summary();
        return others;
      };
      expect(requests(left)).toEqual({ 'HEAD manifest': 7, 'GET catalog': 1, 'GET tags': 3 });
      expect(requests(right)).toEqual({ 'HEAD manifest': 7 });
    });
  });

  describe('with the flags of dregsy', () => {
    let file: string;
    const dregsy = (...words: string[]) => new Regfleet({ env: ONLY_NODE }).run(['sync', ...words]);

    beforeAll(async () => {
      await pushImage(source, 'flags', 'v1', { layers: ['of the flags'] });
      file = await write(
        configOf({
          good: { mappings: [{ from: 'flags', to: 'flags/good' }] },
          better: { mappings: [{ from: 'flags', to: 'flags/better' }] },
          bad: { mappings: [{ from: 'flags', to: 'flags/bad', tags: ['v1', 'nowhere'] }] },
        }),
      );
    });

    it('runs the tasks whose whole name matches, and exits with 0', async () => {
      const { code, stdout } = await dregsy(`-config=${file}`, '-run=good|bet');
      expect(code).toBe(0);
      expect(stdout).toContain('good');
      expect(await listTags(target, 'flags/good')).toEqual(['v1']);
      expect(await listTags(target, 'flags/better')).toEqual([]);
      expect((await dregsy('-config', file, '-run', '!bad')).code).toBe(0);
      expect(await listTags(target, 'flags/better')).toEqual(['v1']);
    });

    it('runs every task for an empty regex, however it is written, and those that are named', async () => {
      const only = await write(
        configOf({
          good: { mappings: [{ from: 'flags', to: 'flags/good' }] },
          better: { mappings: [{ from: 'flags', to: 'flags/better' }] },
        }),
      );
      const spellings = [
        ['-run='],
        ['-run', ''],
        ['--run='],
        ['--run', ''],
        ['--task', 'good', '--task', 'better'],
      ];
      for (const words of spellings) {
        const { code, stdout } = await dregsy(`-config=${only}`, ...words);
        expect({ words, code }).toEqual({ words, code: 0 });
        for (const name of ['good', 'better']) expect(stdout).toContain(`${name}  `);
      }
      expect((await dregsy('--config', only, '--task', 'goood')).code).toBe(2);
    });

    it('copies what it can and exits with 1 when an image fails', async () => {
      const { code, stdout } = await dregsy('-config', file, '-run=b.*', '--json');
      expect(code).toBe(1);
      const runs = JSON.parse(stdout) as Run[];
      expect(runs.map(({ task, outcome }) => [task, outcome])).toEqual([
        ['better', 'succeeded'],
        ['bad', 'failed'],
      ]);
      expect(runs[1]).toMatchObject({
        counts: { selected: 2, copied: 1, failed: 1 },
        errors: [{ code: 'MANIFEST_UNKNOWN', side: 'source', reference: `${source.host}/flags:nowhere` }],
      });
      expect(await listTags(target, 'flags/bad')).toEqual(['v1']);
    });

    it('exits with 0 when no task is selected, and with 1 when it cannot begin', async () => {
      const none = await dregsy(`-config=${file}`, '-run=none');
      expect(none.code).toBe(0);
      expect(none.stderr).toContain('--run "none" matches no task');
      expect(none.stderr).toContain('its tasks are good, better, bad');
      expect((await dregsy(`-config=${file}`, '-run=(')).code).toBe(1);
      expect((await dregsy('-config=/nonexistent/config.yaml')).code).toBe(1);
    });
  });

  describe('with periodic tasks', () => {
    beforeAll(() => pushImage(source, 'periodic', 'v1', { layers: ['of the periodic task'] }));

    it('goes on after the first pass until it is told to stop, then exits with 0', async () => {
      const regfleet = await command(
        configOf({ often: { interval: 30, mappings: [{ from: 'periodic', to: 'periodic/often' }] } }),
      );
      await using running = await regfleet.spawn(['sync', '--json']);
      await running.waitForLine(/often: succeeded/, 60_000);
      await running.waitForLine(/^next run: often in \d+s, at /);
      running.kill('SIGTERM');
      expect(await running.exited).toEqual({ code: 0, signal: null });
      expect(JSON.parse(running.stdout())).toMatchObject([{ task: 'often' }]);
    });

    it('exits with 1 when it is stopped after an image has failed, the others being done', async () => {
      const mappings = [{ from: 'periodic', to: 'periodic/failing', tags: ['nowhere', 'v1'] }];
      const regfleet = await command(configOf({ failing: { interval: 30, mappings } }));
      await using running = await regfleet.spawn(['sync']);
      await running.waitForLine(/failing: failed/, 60_000);
      expect(await digestOf(target, 'periodic/failing', 'v1')).toBeDefined();
      running.kill('SIGINT');
      expect(await running.exited).toEqual({ code: 1, signal: null });
    });

    it('takes the file again on SIGHUP, and keeps the last valid one that has tasks', async () => {
      const to = (name: string): object => ({
        interval: 3600,
        mappings: [{ from: 'periodic', to: `periodic/${name}` }],
      });
      const file = await write(configOf({ before: to('before') }));
      await using running = await new Regfleet({ config: file, env: ONLY_NODE }).spawn(['sync', '--json']);
      await eventually(() => digestOf(target, 'periodic/before', 'v1'), { deadlineMs: 60_000 });
      await writeFile(file, 'tasks: [{}]');
      running.kill('SIGHUP');
      await running.waitForLine(/invalid; the last valid one stays in force/, 60_000);
      await writeFile(file, '');
      running.kill('SIGHUP');
      await running.waitForLine(/has no tasks .*; the last valid one stays in force/, 60_000);
      await writeFile(file, stringify(configOf({ after: to('after') })));
      running.kill('SIGHUP');
      await running.waitForLine(/after: succeeded/, 60_000);
      running.kill('SIGTERM');
      expect(await running.exited).toEqual({ code: 0, signal: null });
      expect(JSON.parse(running.stdout())).toMatchObject([{ task: 'after' }]);
    });

    it.each([
      ['143 by SIGTERM', { signal: 'SIGTERM', flags: [], schedule: { interval: 30 }, code: 143 }],
      ['130 by SIGINT', { signal: 'SIGINT', flags: ['--once'], schedule: { interval: 30 }, code: 130 }],
      ['143 also during one-off tasks', { signal: 'SIGTERM', flags: [], schedule: {}, code: 143 }],
    ] as const)(
      'stopped in the middle of a blob exits with %s',
      async (title, { signal, flags, schedule, code }) => {
        const to = `periodic/stopped-${title.toLowerCase().replaceAll(' ', '-')}`;
        await pushImage(source, 'stopped', 'v1', { layers: [`never ends ${code}`] });
        await using stalling = await countingProxy(source);
        const stall = stalling.inject({ method: 'GET', kind: 'blob', held: true });
        const regfleet = await command(
          configOf(
            {
              stopped: { ...schedule, mappings: [{ from: 'stopped', to }, { from: 'nowhere' }] },
              later: { interval: 30, mappings: [{ from: 'stopped', to: `${to}-later` }] },
            },
            { source: stalling.host },
          ),
        );
        await using running = await regfleet.spawn(['sync', '--json', ...flags]);
        await eventually(() => stall.hits > 0, { deadlineMs: 60_000 });
        running.kill(signal);
        expect(await running.exited).toEqual({ code, signal: null });
        const runs = JSON.parse(running.stdout()) as Run[];
        expect(runs.map(({ counts }) => counts.copied)).toEqual([0, 0]);
        expect(await listTags(target, to)).toEqual([]);
      },
    );
  });

  it('ends a plan that is interrupted with the code of the signal', async () => {
    await using stalling = await countingProxy(source);
    const stall = stalling.inject({ method: 'GET', kind: 'tags', held: true });
    const regfleet = await command(
      configOf({ stopped: { mappings: [{ from: 'nowhere' }] } }, { source: stalling.host }),
    );
    await using running = await regfleet.spawn(['plan']);
    await eventually(() => stall.hits > 0, { deadlineMs: 60_000 });
    running.kill('SIGINT');
    expect(await running.exited).toEqual({ code: 130, signal: null });
  });

  it('completes in a second pass what a kill in the middle of a big blob has cut; no tag ever lacks a blob', async () => {
    const big = await pushImage(source, 'killed', 'big', {
      layers: [{ sizeBytes: 512 * 1024 * 1024, seed: 'big' }, 'small'],
    });
    await pushImage(source, 'killed', 'little', { layers: ['small'] });
    await using stalling = await countingProxy(source);
    const path = new RegExp(`/blobs/${big.layers[0]?.digest}$`);
    const stall = stalling.inject({ method: 'GET', path, stallAfterBytes: 256 * 1024 * 1024 });
    const config = configOf({ killed: { mappings: [{ from: 'killed' }] } }, { source: stalling.host });
    const regfleet = await command(config);

    const doomed = await regfleet.spawn(['sync']);
    await eventually(async () => (await uploadedBytes(target, 'killed')) > 128 * 1024 * 1024, {
      deadlineMs: 60_000,
    });
    await eventually(() => digestOf(target, 'killed', 'little'), { deadlineMs: 60_000 });
    doomed.kill('SIGKILL');
    expect((await doomed.exited).signal).toBe('SIGKILL');
    expect(await listTags(target, 'killed')).toEqual(['little']);
    await pullEverything(target, 'killed', 'little');

    stall.remove();
    const [again] = (await regfleet.json(['sync'])) as Run[];
    expect(again).toMatchObject({ outcome: 'succeeded', counts: { selected: 2, inSync: 1, copied: 1 } });
    expect(await listTags(target, 'killed')).toEqual(['big', 'little']);
    expect((await pullEverything(target, 'killed', 'big')).digest).toBe(big.digest);
  });
});

/** How much of blobs that are not complete yet a registry has got. */
async function uploadedBytes(registry: TestRegistry, repository: string): Promise<number> {
  let sizeBytes = 0;
  for await (const file of glob(
    `${registry.dir}/docker/registry/v2/repositories/${repository}/_uploads/*/data`,
  )) {
    sizeBytes += (await stat(file)).size;
  }
  return sizeBytes;
}
