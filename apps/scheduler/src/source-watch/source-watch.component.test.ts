import { randomUUID } from 'node:crypto';
import { parseConfig, type Task } from '@regfleet/config';
import type { SourceNote } from '@regfleet/fleet';
import {
  type CountingProxy,
  countingProxy,
  type InMemoryRegistry,
  inMemoryRegistry,
  startRedis,
  type TestRedis,
} from '@regfleet/harness';
import { memoryRecords } from '@regfleet/local';
import { parseReference, silentLogger, sourceKey } from '@regfleet/model';
import { planTask } from '@regfleet/planner';
import { connectFleet, type Fleet } from '@regfleet/queue';
import { createRegistries, type Registries } from '@regfleet/registry';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isTold } from './source-state.ts';
import { SourceWatch } from './source-watch.ts';

const VERSIONS = ['1.0.0', '1.1.0', '1.2.0'];
const FILLED = [
  { name: 'lib/app', tags: [...VERSIONS, 'latest'] },
  { name: 'lib/two', tags: ['1.0.0', '2.0.0'] },
  { name: 'team/a', tags: ['1', '2'] },
  { name: 'team/b', tags: ['1'] },
];
const MAPPINGS = [
  { from: 'lib/app', to: 'app', tags: ['semver: >=1.0.0'] },
  { from: 'lib/two', to: 'two', tags: ['1.0.0', '2.0.0'] },
  { from: 'regex:^team/.*$', to: 'regex:^team/,crew/', tags: ['regex: .*'] },
];

let redis: TestRedis;
let fleet: Fleet;
let registries: Registries;
let source: InMemoryRegistry;
let proxy: CountingProxy;
let target: InMemoryRegistry;

beforeAll(async () => {
  redis = await startRedis();
  fleet = await connectFleet({ url: redis.url, prefix: randomUUID(), logger: silentLogger });
  registries = createRegistries({ logger: silentLogger, env: {} });
});

afterAll(async () => {
  await Promise.all([fleet?.close(), registries?.close()]);
  await redis?.stop();
});

beforeEach(async () => {
  source = await inMemoryRegistry({ repositories: FILLED });
  proxy = await countingProxy(source.url);
  const there = [
    { name: 'app', tags: VERSIONS },
    { name: 'two', tags: ['1.0.0', '2.0.0'] },
    { name: 'crew/a', tags: ['1', '2'] },
    { name: 'crew/b', tags: ['1'] },
  ];
  target = await inMemoryRegistry({ repositories: there });
});

afterEach(async () => {
  for (const registry of [proxy, source, target]) await registry.stop();
});

/** A task of its own, looked at again and again. */
function watched(mappings: readonly object[] = MAPPINGS) {
  const records = memoryRecords();
  const name = randomUUID();
  const taskOf = (chosen: readonly object[]): Task => {
    const place = { 'skip-tls-verify': true };
    const ends = { source: { registry: proxy.host, ...place }, target: { registry: target.host, ...place } };
    const text = JSON.stringify({ relay: 'direct', tasks: [{ name, ...ends, mappings: chosen }] });
    const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
    const [task] = config?.tasks ?? [];
    if (task === undefined) throw new Error(JSON.stringify(issues));
    return task;
  };
  const ports = {
    client: (location: Task['source']) => registries.connect(location),
    lister: (location: Task['source']) => registries.lister(location, { cacheDurationMs: 0 }),
    records,
  };
  /** What is noted after one more comparison: subject, name without its registry, state. */
  const look = async (chosen = mappings): Promise<string[]> => {
    const task = taskOf(chosen);
    const [target = task.source] = task.targets;
    const watch = await SourceWatch.open(task, fleet.sourceNotes, silentLogger);
    let isComplete = true;
    for await (const entry of planTask({ ...task, target }, ports)) {
      if (entry.kind === 'failure') isComplete &&= isTold(entry.error);
      await watch?.see(entry);
    }
    await watch?.end(isComplete);
    return (await notes()).map(({ subject, name: of, state }) =>
      `${subject} ${of.replace(`${proxy.host}/`, '')} ${state}`.replace(proxy.host, 'it'),
    );
  };
  const notes = (): Promise<SourceNote[]> => fleet.sourceNotes.list(name);
  return { records, look, notes, name };
}

describe('scheduler/source-watch/source-watch', () => {
  it('notes nothing of a source that is as it was, also of one that gains tags', async () => {
    const { look } = watched();
    expect(await look()).toEqual([]);
    source.fill('lib/app', [...VERSIONS, '1.3.0']);
    source.fill('team/c', ['1']);
    expect(await look()).toEqual([]);
    expect(await look()).toEqual([]);
  });

  it('notes tags that are gone, by their answer and by the list, since then, until they are back', async () => {
    const { look, notes } = watched();
    await look();
    source.fill('lib/app', ['1.0.0', '1.2.0']);
    source.fill('lib/two', ['1.0.0']);
    const gone = ['tag lib/app:1.1.0 gone', 'tag lib/two:2.0.0 gone'];
    expect((await look()).sort()).toEqual(gone);
    const before = await notes();
    expect((await look()).sort()).toEqual(gone);
    expect(await notes()).toEqual(before);
    source.fill('lib/app', VERSIONS);
    source.fill('lib/two', ['1.0.0', '2.0.0']);
    expect(await look()).toEqual([]);
  });

  it('takes a tag that the filter no longer chooses for one that is there', async () => {
    const mappings = [{ from: 'lib/app', tags: ['semver: >=1.0.0', 'keep: latest 2'] }];
    const { look } = watched(mappings);
    await look();
    source.fill('lib/app', [...VERSIONS, '1.3.0']);
    expect(await look()).toEqual([]);
  });

  it('tells an empty repository, one that is gone, refused and failing from each other, and forgets none of their tags', async () => {
    const { look } = watched();
    await look();
    source.fill('lib/app', []);
    expect(await look()).toEqual(['repository lib/app empty']);
    source.fill('lib/app', undefined);
    expect(await look()).toEqual(['repository lib/app gone']);
    source.fill('lib/app', ['1.0.0', '1.1.0']);
    const path = /lib\/app\/tags/;
    for (const [status, state] of [
      [403, 'refused'],
      [500, 'failing'],
    ] as const) {
      const fault = proxy.inject({ path, status });
      expect(await look()).toEqual([`repository lib/app ${state}`]);
      fault.remove();
    }
    expect(await look()).toEqual(['tag lib/app:1.2.0 gone']);
  });

  it('tells tags that are refused and that fail from those that are gone', async () => {
    const { look } = watched();
    const refused = proxy.inject({ path: /lib\/two\/manifests\/1/, status: 403 });
    const failing = proxy.inject({ path: /lib\/two\/manifests\/2/, status: 500 });
    expect((await look()).sort()).toEqual(['tag lib/two:1.0.0 refused', 'tag lib/two:2.0.0 failing']);
    refused.remove();
    failing.remove();
    expect(await look()).toEqual([]);
  });

  it('notes a whole version that moved, until it names the first image again, and no other tag that does', async () => {
    const { look, records, notes } = watched();
    const targetDigest = target.digestOf('two', '1.0.0');
    for (const [repository, tag] of [
      ['lib/two', '1.0.0'],
      ['team/a', '1'],
    ] as const) {
      const reference = `${proxy.host}/${repository}:${tag}`;
      const sourceDigest = source.digestOf(repository, tag);
      const to = `${target.host}/${repository.replace('team/', 'crew/').replace('lib/', '')}:${tag}`;
      const record = {
        sourceDigest,
        targetDigest,
        relay: 'direct',
        syncedAtMs: Date.now(),
        sourceKey: sourceKey(parseReference(reference)),
      } as const;
      await records.set({ target: to, platform: '' }, record);
      source.moveTag(repository, tag);
    }
    const was = (await records.get({ target: `${target.host}/two:1.0.0`, platform: '' }))?.sourceDigest;
    expect(await look()).toEqual(['tag lib/two:1.0.0 moved']);
    expect(await notes()).toMatchObject([{ was }]);
    expect(await look()).toEqual(['tag lib/two:1.0.0 moved']);
  });

  it.each(['refuse', 'keep'])(
    'notes a version that moved and that on-change: %s keeps from the target, and none as gone',
    async (onChange) => {
      const { look, records } = watched([
        { from: 'lib/app', to: 'app', tags: ['semver: >=1.0.0'], 'on-change': onChange },
      ]);
      await look();
      const reference = `${proxy.host}/lib/app:1.0.0`;
      const digests = {
        sourceDigest: source.digestOf('lib/app', '1.0.0'),
        targetDigest: target.digestOf('app', '1.0.0'),
      };
      const key = sourceKey(parseReference(reference));
      const record = { ...digests, relay: 'direct', syncedAtMs: Date.now(), sourceKey: key } as const;
      await records.set({ target: `${target.host}/app:1.0.0`, platform: '' }, record);
      for (const tag of ['1.0.0', '1.1.0']) source.moveTag('lib/app', tag);
      expect(await look()).toEqual(['tag lib/app:1.0.0 moved']);
      expect(await look()).toEqual(['tag lib/app:1.0.0 moved']);
    },
  );

  it('tells a listing that is refused from one in which nothing fits, and from repositories that are in it no more', async () => {
    const { look } = watched();
    await look();
    const fault = proxy.inject({ path: /_catalog/, status: 403 });
    expect(await look()).toEqual(['listing regex:^team/.*$ of it refused']);
    fault.remove();
    expect(await look()).toEqual([]);
    source.fill('team/b', undefined);
    expect(await look()).toEqual(['repository team/b gone']);
    source.fill('team/a', undefined);
    expect((await look()).sort()).toEqual([
      'listing regex:^team/.*$ of it empty',
      'repository team/a gone',
      'repository team/b gone',
    ]);
    source.fill('team/a', ['1', '2']);
    source.fill('team/b', ['1']);
    expect(await look()).toEqual([]);
  });

  it('forgets what is none of the task any more', async () => {
    const { look, name } = watched();
    await look();
    source.fill('lib/app', ['1.0.0']);
    source.fill('team/b', undefined);
    expect(await look()).toHaveLength(3);
    expect(await look(MAPPINGS.slice(1))).toEqual(['repository team/b gone']);
    expect(await look(MAPPINGS.slice(1, 2))).toEqual([]);
    expect(await fleet.sourceNotes.chosenRepositories(name)).toEqual([]);
  });

  it('forgets what is none of the task any more also where a repository always fails, but for what a list that fails may have', async () => {
    const { look, name } = watched();
    const known = async () =>
      (await fleet.sourceNotes.chosenRepositories(name)).map((key) => key.split(' ')[0]);
    await look();
    expect((await known()).sort()).toEqual(['lib/app', 'team/a', 'team/b']);
    const broken = proxy.inject({ path: /lib\/app\/tags/, status: 500 });
    const list = proxy.inject({ path: /_catalog/, status: 500 });
    await look();
    expect((await known()).sort()).toEqual(['lib/app', 'team/a', 'team/b']);
    list.remove();
    source.fill('team/b', undefined);
    expect(await look()).toContain('repository team/b gone');
    expect((await known()).sort()).toEqual(['lib/app', 'team/a']);
    await look(MAPPINGS.slice(0, 1));
    expect(await known()).toEqual(['lib/app']);
    broken.remove();
  });

  it('sums up what is noted, by state', async () => {
    const { look, name } = watched();
    await look();
    source.fill('lib/app', ['1.0.0']);
    source.fill('team/a', []);
    await look();
    const since = { sinceMs: expect.any(Number) };
    expect(await fleet.sourceNotes.summaries([name])).toEqual([
      { gone: { count: 2, ...since }, empty: { count: 1, ...since } },
    ]);
  });
});
