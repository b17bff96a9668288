import {
  type CountingProxy,
  countingProxy,
  fillRegistry,
  inMemoryRegistry,
  makeImage,
  makeIndex,
  pushImage,
  pushIndex,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { createRegistries, type Registries } from '@regfleet/registry';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlanEntry, PlanOptions } from './contract.ts';
import { images, planWith, recordsOf, states, taskOf } from './plan.fixture.ts';

const TAGS = Array.from({ length: 60 }, (_, position) => `v${position}`);

describe('planner/plan: requests', () => {
  let source: CountingProxy;
  let target: CountingProxy;
  let registries: Registries;
  let servers: [TestRegistry, TestRegistry];

  beforeAll(async () => {
    servers = await Promise.all([startRegistry(), startRegistry()]);
    [source, target] = await Promise.all([countingProxy(servers[0]), countingProxy(servers[1])]);
    registries = createRegistries({ logger: silentLogger, env: {} });
  });

  afterAll(async () => {
    await registries.close();
    await Promise.all([source, target, ...servers].map((server) => server.stop()));
  });

  beforeEach(() => {
    for (const { requests } of [source, target]) requests.clear();
  });

  const plan = (mappings: string, records = recordsOf(), options: PlanOptions = {}): Promise<PlanEntry[]> =>
    planWith(registries, taskOf(mappings, { source: source.host, target: target.host }), records, options);

  const targetHeads = (): number => target.requests.count({ method: 'HEAD', kind: 'manifest' });

  const everyState = (entries: readonly PlanEntry[]): string[] => [
    ...new Set(Object.values(states(entries))),
  ];

  it('lists the tags of a target that lacks the first of many, instead of asking for each', async () => {
    await fillRegistry(servers[0], [{ repository: 'new', tags: TAGS }]);
    const entries = await plan('[{from: new}]');
    expect(everyState(entries)).toEqual(['missing']);
    expect(images(entries).every(({ drift }) => drift.isNewRepository)).toBe(true);
    expect(target.requests.summary()).toEqual({ 'HEAD manifest': 1, 'GET tags': 1 });
    expect(source.requests.summary()).toEqual({ 'GET tags': 1, 'HEAD manifest': TAGS.length });
  });

  it('lists the tags of a target that lacks several in a row behind some that it has', async () => {
    await fillRegistry(servers[0], [{ repository: 'old', tags: TAGS }]);
    const [first = ''] = TAGS;
    await fillRegistry(servers[1], [{ repository: 'old', tags: [first] }]);
    const entries = await plan('[{from: old}]', recordsOf(), { concurrency: 1 });
    expect(images(entries).filter(({ drift }) => drift.isNewRepository)).toEqual([]);
    expect(target.requests.summary()).toEqual({ 'HEAD manifest': 5, 'GET tags': 1 });
  });

  it('asks the source nothing of what the copy will ask it anyway', async () => {
    await fillRegistry(servers[0], [{ repository: 'asked', tags: TAGS }]);
    const entries = await plan('[{from: asked, platform: all}]', recordsOf(), { isForCopies: true });
    expect(everyState(entries)).toEqual(['missing']);
    expect(source.requests.summary()).toEqual({ 'GET tags': 1 });
  });

  it('asks the source also for copies where nobody has said which platform: that depends on what it has', async () => {
    await fillRegistry(servers[0], [{ repository: 'kept', tags: TAGS.slice(0, 5) }]);
    expect(everyState(await plan('[{from: kept}]', recordsOf(), { isForCopies: true }))).toEqual(['missing']);
    expect(source.requests.summary()).toEqual({ 'GET tags': 1, 'HEAD manifest': 5 });
  });

  it('asks the source also for copies where it counts GETs: tags that are one image need one', async () => {
    await fillRegistry(servers[0], [{ repository: 'counted', tags: TAGS.slice(0, 5) }]);
    const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600' };
    source.inject({ kind: 'manifest', headers });
    const options = { isForCopies: true };
    const planned = taskOf('[{from: counted, platform: all}]', { source: source.host, target: target.host });
    const [tag = ''] = TAGS;
    await registries.connect(planned.source).getManifest('counted', tag);
    source.requests.clear();
    expect(everyState(await planWith(registries, planned, recordsOf(), options))).toEqual(['missing']);
    expect(source.requests.summary()).toEqual({ 'GET tags': 1, 'HEAD manifest': 5 });
  });

  it.each([
    ['keep', 'dropped', expect.stringContaining('on-change: keep')],
    ['refuse', 'failure', expect.stringContaining('on-change: refuse')],
  ] as const)('leaves a tag that may not change to its target: %s', async (onChange, kind, text) => {
    await fillRegistry(servers[0], [{ repository: onChange, tags: ['v1', 'v2'] }]);
    await pushImage(servers[1], onChange, 'v1', { layers: ['of somebody else'] });
    const entries = await plan(`[{from: ${onChange}, platform: all, on-change: ${onChange}}]`);
    expect(states(entries)).toEqual({ [`${onChange}:v2`]: 'missing' });
    const told = entries.filter((entry) => entry.kind === kind);
    expect(told).toHaveLength(1);
    const [entry] = told;
    expect(
      entry?.kind === 'dropped' ? entry.reason : entry?.kind === 'failure' && entry.error.message,
    ).toEqual(text);
  });

  it('takes anchors for no tags, whoever names them', async () => {
    const anchor = `regfleet.keep.v1.20261128093042007.${'0'.repeat(32)}`;
    await fillRegistry(servers[0], [{ repository: 'anchored', tags: ['v1', anchor] }]);
    const entries = await plan('[{from: anchored}]');
    expect(entries.map((entry) => [entry.kind, entry.kind === 'repository' && entry.listed])).toEqual([
      ['repository', 1],
      ['image', false],
    ]);
    const named = await plan(`[{from: anchored, tags: [${anchor}]}]`);
    expect(named.map(({ kind }) => kind)).toEqual(['repository', 'dropped']);
  });

  it('asks for each of a few tags', async () => {
    await fillRegistry(servers[0], [{ repository: 'few', tags: TAGS.slice(0, 3) }]);
    expect(everyState(await plan('[{from: few}]'))).toEqual(['missing']);
    expect(target.requests.summary()).toEqual({ 'HEAD manifest': 3 });
  });

  it('asks for the tags that the target lists', async () => {
    await fillRegistry(servers[0], [{ repository: 'half', tags: TAGS }]);
    const [first = ''] = TAGS.toSorted().reverse();
    await pushImage(servers[1], 'half', first, { layers: ['something else'] });
    const found = states(await plan('[{from: half}]'));
    expect(Object.entries(found).filter(([, state]) => state !== 'missing')).toEqual([
      [`half:${first}`, 'stale'],
    ]);
    expect(target.requests.count({ kind: 'tags' })).toBe(1);
  });

  it('asks for each tag where the target lists none', async () => {
    await fillRegistry(servers[0], [{ repository: 'unlisted', tags: TAGS }]);
    const refused = target.inject({ kind: 'tags', status: 403 });
    expect(everyState(await plan('[{from: unlisted}]'))).toEqual(['missing']);
    refused.remove();
    expect(targetHeads()).toBe(TAGS.length);
    expect(refused.hits).toBe(1);
  });

  it('asks for each tag where the target has more than a few pages of them', async () => {
    const others = Array.from({ length: 30 }, (_, position) => `other${position}`);
    await using left = await inMemoryRegistry({ repositories: [{ name: 'app', tags: TAGS }] });
    await using right = await inMemoryRegistry({
      repositories: [{ name: 'app', tags: others }],
      pageLimit: 10,
    });
    const planned = taskOf('[{from: app}]', { source: left.host, target: right.host });
    expect(everyState(await planWith(registries, planned))).toEqual(['missing']);
    expect(right.requests.summary()).toEqual({ 'HEAD manifest': TAGS.length, 'GET tags': 3 });
  });

  it('lists nothing of a target that is in sync', async () => {
    for (const server of servers) {
      await fillRegistry(server, [{ repository: 'same', tags: TAGS.slice(0, 20) }]);
    }
    expect(everyState(await plan('[{from: same}]'))).toEqual(['in-sync']);
    expect(target.requests.summary()).toEqual({ 'HEAD manifest': 20 });
  });

  it('finds an index of some platforms in sync by its bytes, and by two HEADs once it is recorded', async () => {
    const made = ['amd64', 'arm64', 's390x'].map((architecture) =>
      makeImage({ layers: [`some for ${architecture}`], platform: { os: 'linux', architecture } }),
    );
    await pushIndex(servers[0], 'some', 'v1', makeIndex(made));
    await pushIndex(servers[1], 'some', 'v1', makeIndex(made.slice(0, 2)));
    const records = recordsOf();
    const mappings = '[{from: some, platform: [linux/arm64, linux/amd64]}]';
    expect(everyState(await plan(mappings, records))).toEqual(['in-sync']);
    expect(source.requests.count({ method: 'GET', kind: 'manifest' })).toBe(1);
    source.requests.clear();
    target.requests.clear();
    expect(everyState(await plan(mappings, records))).toEqual(['in-sync']);
    expect(source.requests.summary()).toEqual({ 'GET tags': 1, 'HEAD manifest': 1 });
    expect(target.requests.summary()).toEqual({ 'HEAD manifest': 1 });
    expect(everyState(await plan('[{from: some, platform: [linux/amd64]}]', records))).toEqual(['stale']);
  });

  it('reads an index once for all tags that name it, and not again once it is recorded', async () => {
    const made = ['amd64', 'arm64'].map((architecture) =>
      makeImage({ layers: [`for ${architecture}`], platform: { os: 'linux', architecture } }),
    );
    const [wanted = makeImage({ layers: [] })] = made;
    const tags = TAGS.slice(0, 6);
    for (const tag of tags) {
      await pushIndex(servers[0], 'multi', tag, makeIndex(made));
      await pushImage(servers[1], 'multi', tag, wanted);
    }
    const records = recordsOf();
    const mappings = '[{from: multi, platform: linux/amd64}]';
    expect(everyState(await plan(mappings, records))).toEqual(['in-sync']);
    expect(source.requests.count({ method: 'GET', kind: 'manifest' })).toBe(1);
    source.requests.clear();
    expect(everyState(await plan(mappings, records))).toEqual(['in-sync']);
    expect(source.requests.summary()).toEqual({ 'GET tags': 1, 'HEAD manifest': 6 });
  });
});
