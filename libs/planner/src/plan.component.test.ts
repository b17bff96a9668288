import type { TargetTask } from '@regfleet/config';
import {
  countingProxy,
  fillRegistry,
  inMemoryRegistry,
  makeImage,
  makeIndex,
  pushImage,
  pushIndex,
} from '@regfleet/harness';
import { formatPlatform, localPlatform, parseDigest, type SyncRecord } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import type { DriftRecords, PlanEntry } from './contract.ts';
import { images, planWith, recordsOf, states, taskOf, useSides } from './plan.fixture.ts';

const sides = useSides();

const task = (mappings: string, hosts: { source?: string; target?: string } = {}): TargetTask =>
  taskOf(mappings, { source: sides.source.host, target: sides.target.host, ...hosts });

const plan = (planned: TargetTask, records?: DriftRecords): Promise<PlanEntry[]> =>
  planWith(sides.registries, planned, records);

describe('planner/plan', () => {
  it('tells missing, stale and in sync by the digests of both sides, and why each tag is in or out', async () => {
    const [one] = await fillRegistry(sides.source, [
      { repository: 'states', tags: ['1.0.0', '1.1.0', '1.2.0', 'edge'] },
    ]);
    await pushImage(sides.target, 'copy/states', '1.1.0', { layers: ['something else'] });
    await fillRegistry(sides.target, [
      {
        repository: 'copy/states',
        tags: ['1.2.0'],
        image: (tag) => makeImage({ layers: ['base', `states:${tag}`] }),
      },
    ]);
    const entries = await plan(task(`[{from: states, to: copy/states, tags: ['semver: >=1.0.0']}]`));
    expect(states(entries)).toEqual({
      'copy/states:1.0.0': 'missing',
      'copy/states:1.1.0': 'stale',
      'copy/states:1.2.0': 'in-sync',
    });
    expect(images(entries)[0]?.request.sourceDigest).toBe(one?.digest);
    expect(images(entries)[0]?.reason).toContain('>=1.0.0');
    expect(entries).toContainEqual(expect.objectContaining({ kind: 'dropped', tag: 'edge' }));
    expect(entries).toContainEqual(expect.objectContaining({ kind: 'repository', listed: 4, selected: 3 }));
  });

  it('finds repositories by regex in the catalog and puts them under the prefix', async () => {
    await fillRegistry(sides.source, [
      { repository: 'found/a', tags: ['1'] },
      { repository: 'found/b/c', tags: ['1'] },
      { repository: 'other/a', tags: ['1'] },
    ]);
    const entries = await plan(task(`[{from: 'regex:found/.*', to: mirror}]`));
    expect(states(entries)).toEqual({ 'mirror/found/a:1': 'missing', 'mirror/found/b/c:1': 'missing' });
  });

  it('lets the later mapping win where two write the same target', async () => {
    await fillRegistry(sides.source, [
      { repository: 'first', tags: ['1', '2'] },
      { repository: 'second', tags: ['1'] },
    ]);
    const entries = await plan(task(`[{from: first, to: both}, {from: second, to: both}]`));
    const sources = images(entries).map(
      ({ request }) => `${request.source.repository}:${request.source.tag}`,
    );
    expect(sources.sort()).toEqual(['first:2', 'second:1']);
    expect(entries).toContainEqual(
      expect.objectContaining({
        kind: 'dropped',
        tag: '1',
        reason: expect.stringContaining('tasks[0].mappings[1] writes'),
      }),
    );
  });

  describe('where a mapping maps a repository onto itself', () => {
    const onto = (mappings: string): TargetTask => task(mappings, { target: sides.source.host });

    it('leaves out every image that would keep its name, with the reason and one warning', async () => {
      const made = ['amd64', 's390x'].map((architecture) =>
        makeImage({ layers: [`itself for ${architecture}`], platform: { os: 'linux', architecture } }),
      );
      await pushIndex(sides.source, 'itself', 'v1', makeIndex(made));
      const entries = await plan(onto('[{from: itself, to: itself, platform: linux/amd64}]'));
      expect(images(entries)).toEqual([]);
      expect(entries).toContainEqual(
        expect.objectContaining({
          kind: 'dropped',
          tag: 'v1',
          reason: 'source and target are the same image',
        }),
      );
      expect(entries.map((entry) => 'warning' in entry)).toEqual([true, false]);
    });

    it('still gives a digest a name there', async () => {
      const { digest } = await pushImage(sides.source, 'named-there', 'v1', { layers: ['named there'] });
      const entries = await plan(onto(`[{from: named-there, tags: ['${digest}', 'stable@${digest}']}]`));
      expect(states(entries)).toEqual({ 'named-there:stable': 'missing' });
    });

    it('does not keep another mapping from writing the same image', async () => {
      await fillRegistry(sides.source, [
        { repository: 'kept', tags: ['1'] },
        { repository: 'other-kept', tags: ['1'] },
      ]);
      const entries = await plan(onto('[{from: other-kept, to: kept}, {from: kept}]'));
      expect(images(entries).map(({ request }) => request.source.repository)).toEqual(['other-kept']);
    });
  });

  it('compares with the sync record where a relay has changed the manifest', async () => {
    const { digest: sourceDigest } = await pushImage(sides.source, 'record', 'v1', {
      layers: ['of the source'],
    });
    const { digest: targetDigest } = await pushImage(sides.target, 'record', 'v1', {
      layers: ['as the relay rebuilt it'],
    });
    const record: SyncRecord = { sourceDigest, targetDigest, syncedAtMs: 0, relay: 'docker' };
    const key = `${sides.target.host}/record:v1 `;
    const planned = task('[{from: record, tags: [v1]}]');
    expect(states(await plan(planned, recordsOf({ [key]: record })))).toEqual({ 'record:v1': 'in-sync' });
    expect(states(await plan(planned))).toEqual({ 'record:v1': 'stale' });
    const moved = { ...record, sourceDigest: parseDigest(`sha256:${'0'.repeat(64)}`) };
    expect(states(await plan(planned, recordsOf({ [key]: moved })))).toEqual({ 'record:v1': 'stale' });
  });

  it('knows a platform of an index by its child, and remembers it', async () => {
    const made = ['amd64', 'arm64'].map((architecture) =>
      makeImage({ layers: [`for ${architecture}`], platform: { os: 'linux', architecture } }),
    );
    const arm = made[1] ?? makeImage({ layers: [] });
    await pushIndex(sides.source, 'multi', 'v1', makeIndex(made));
    await pushImage(sides.target, 'multi', 'v1', arm);
    const records = recordsOf();
    const planned = task('[{from: multi, tags: [v1], platform: linux/arm64}]');
    expect(states(await plan(planned, records))).toEqual({ 'multi:v1': 'in-sync' });
    expect(records.kept.get(`${sides.target.host}/multi:v1 linux/arm64`)?.targetDigest).toBe(arm.digest);
    expect(states(await plan(task('[{from: multi, tags: [v1], platform: all}]')))).toEqual({
      'multi:v1': 'stale',
    });
  });

  it('calls an image in sync that the relay picked, where the wish leaves the architecture open', async () => {
    const others = [{ os: 'linux', architecture: 's390x' }, localPlatform()].map((platform) =>
      makeImage({ layers: [`left open for ${formatPlatform(platform)}`], platform }),
    );
    const [, own = makeImage({ layers: [] })] = others;
    await pushIndex(sides.source, 'left-open', 'v1', makeIndex(others));
    await pushImage(sides.target, 'left-open', 'v1', own);
    const planned = task('[{from: left-open, tags: [v1], platform: linux}]');
    expect(states(await plan(planned))).toEqual({ 'left-open:v1': 'in-sync' });
  });

  it('picks the platform of this machine for an index where none is set, and warns', async () => {
    const made = [localPlatform(), { os: 'linux', architecture: 's390x' }].map((platform) =>
      makeImage({ layers: [`for ${formatPlatform(platform)}`], platform }),
    );
    await pushIndex(sides.source, 'default-platform', 'v1', makeIndex(made));
    const planned = task('[{from: default-platform, tags: [v1]}]');
    const [missing] = images(await plan(planned));
    expect(missing?.request.platform).toEqual(localPlatform());
    expect(missing?.warning).toContain(`only ${formatPlatform(localPlatform())} is copied`);
    await pushImage(sides.target, 'default-platform', 'v1', made[0] ?? makeImage({ layers: [] }));
    expect(states(await plan(planned))).toEqual({ 'default-platform:v1': 'in-sync' });
    const [whole] = images(await plan(task('[{from: default-platform, tags: [v1], platform: all}]')));
    expect(whole).not.toHaveProperty('warning');
  });

  it('picks it also where the target refuses to say what it has', async () => {
    const made = makeImage({ layers: ['hidden'], platform: localPlatform() });
    const { digest } = await pushIndex(sides.source, 'hidden', 'v1', makeIndex([made]));
    const proxy = await countingProxy(sides.target);
    proxy.inject({ kind: 'manifest', status: 403 });
    const [image] = images(await plan(task('[{from: hidden, tags: [v1]}]', { target: proxy.host })));
    await proxy.stop();
    expect(image).toMatchObject({
      request: { platform: localPlatform() },
      drift: { state: 'unknown', sourceDigest: digest },
    });
    expect(image?.warning).toContain('is copied');
  });

  it('plans digests with and without a name', async () => {
    const { digest } = await pushImage(sides.source, 'digests', 'v1', { layers: ['digests'] });
    const entries = await plan(task(`[{from: digests, tags: ['${digest}', 'named@${digest}']}]`));
    expect(states(entries)).toEqual({ [`digests:${digest}`]: 'missing', 'digests:named': 'missing' });
    expect(images(entries).every(({ request }) => request.source.digest === digest)).toBe(true);
  });

  it('goes on after a mapping that fails, and tells the failure with its side', async () => {
    await fillRegistry(sides.source, [{ repository: 'good', tags: ['1'] }]);
    const entries = await plan(task(`[{from: good}, {from: 'does/not/exist'}]`));
    expect(states(entries)).toEqual({ 'good:1': 'missing' });
    const failures = entries.filter((entry) => entry.kind === 'failure');
    expect(failures.map(({ mapping, error }) => [mapping, error.side, error.kind])).toEqual([
      ['tasks[0].mappings[1]', 'source', 'permanent'],
    ]);
  });

  it('leaves a verbatim tag that the source does not have to the copy, which reports it', async () => {
    const [image] = images(await plan(task('[{from: nowhere, tags: [v9]}]')));
    expect(image?.drift).toMatchObject({
      state: 'unknown',
      error: { code: 'MANIFEST_UNKNOWN', side: 'source' },
    });
  });

  it('leaves an image to the copy where the target refuses to say what it has', async () => {
    const repositories = [{ name: 'app', tags: ['1'] }];
    await using left = await inMemoryRegistry({ repositories });
    await using right = await inMemoryRegistry({ repositories });
    const proxy = await countingProxy(right);
    proxy.inject({ kind: 'manifest', status: 403 });
    const between = { source: new URL(left.url).host, target: proxy.host };
    const [image] = images(await plan(task('[{from: app, tags: ["1"]}]', between)));
    await proxy.stop();
    expect(image?.drift).toMatchObject({
      state: 'unknown',
      error: { code: 'DENIED', side: 'target', reference: `${proxy.host}/app:1` },
    });
  });

  it('spends one HEAD a side on an unchanged tag', async () => {
    const repositories = [{ name: 'app', tags: ['1', '2', '3'] }];
    await using left = await inMemoryRegistry({ repositories });
    await using right = await inMemoryRegistry({ repositories });
    const entries = await plan(
      task('[{from: app}]', { source: new URL(left.url).host, target: new URL(right.url).host }),
    );
    expect(Object.values(states(entries))).toEqual(['in-sync', 'in-sync', 'in-sync']);
    expect(left.requests.count({ kind: 'manifest' })).toBe(3);
    expect(right.requests.count({ kind: 'manifest' })).toBe(3);
  });

  describe('with immutable tags', () => {
    const repositories = [{ name: 'app', tags: ['1.0.0', '1.1.0', 'latest'] }];
    const mappings = `[{from: app, tags: ['1.0.0', '1.1.0', latest], immutable: ['semver: >=1.0.0']}]`;

    it('asks nobody about those that were seen in sync, and says so', async () => {
      await using left = await inMemoryRegistry({ repositories });
      await using right = await inMemoryRegistry({ repositories });
      const hosts = { source: new URL(left.url).host, target: new URL(right.url).host };
      const records = recordsOf();
      await plan(task(mappings, hosts), records);
      for (const { requests } of [left, right]) requests.clear();
      const again = await plan(task(mappings, hosts), records);
      expect(Object.values(states(again))).toEqual(['in-sync', 'in-sync', 'in-sync']);
      expect(left.requests.summary()).toEqual({ 'HEAD manifest': 1 });
      expect(right.requests.summary()).toEqual({ 'HEAD manifest': 1 });
      expect(images(again).map(({ reason }) => reason.includes('immutable by semver: >=1.0.0'))).toEqual([
        true,
        true,
        false,
      ]);
    });

    it('asks about those that are missing or stale, and about those that another source was copied to', async () => {
      await using left = await inMemoryRegistry({
        repositories: [...repositories, { name: 'moved', tags: ['1.0.0'] }],
      });
      await using right = await inMemoryRegistry({ repositories: [{ name: 'app', tags: ['1.0.0'] }] });
      const hosts = { source: new URL(left.url).host, target: new URL(right.url).host };
      const records = recordsOf();
      await plan(task(mappings, hosts), records);
      expect(states(await plan(task(mappings, hosts), records))).toEqual({
        'app:1.0.0': 'in-sync',
        'app:1.1.0': 'missing',
        'app:latest': 'missing',
      });
      left.requests.clear();
      await plan(task(`[{from: moved, to: app, tags: ['1.0.0'], immutable: ['regex: .*']}]`, hosts), records);
      expect(left.requests.summary()).toEqual({ 'HEAD manifest': 1 });
    });

    it('remembers the platform that was picked of an index', async () => {
      const made = makeImage({ layers: ['immutable and local'] });
      await pushIndex(sides.source, 'immutable-index', 'v1', makeIndex([made]));
      await pushImage(sides.target, 'immutable-index', 'v1', made);
      const records = recordsOf();
      const planned = task('[{from: immutable-index, tags: [v1], immutable: [v1]}]');
      expect(states(await plan(planned, records))).toEqual({ 'immutable-index:v1': 'in-sync' });
      const [again] = images(await plan(planned, records));
      expect(again?.drift).toMatchObject({ state: 'in-sync', isRemembered: true });
    });
  });
});
