import { inMemoryRegistry, makeImage, pushImage } from '@regfleet/harness';
import { parseReference } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import type { PlanEntry } from './contract.ts';
import { images, planWith, recordsOf, states, taskOf, useSides } from './plan.fixture.ts';
import { planImage } from './plan-image.ts';

const told = (entries: readonly PlanEntry[]) =>
  entries.flatMap((entry) => {
    if (entry.kind === 'failure') return [`${entry.error.code} ${entry.error.message}`];
    return entry.kind === 'dropped' ? [`${entry.tag}: ${entry.reason}`] : [];
  });

describe('planner/image-names', () => {
  const sides = useSides();

  const planOf = async (mappings: string, repositories = [{ name: 'app', tags: ['1.0', '1.1', '2.0'] }]) => {
    await using left = await inMemoryRegistry({ repositories });
    const hosts = { source: new URL(left.url).host, target: sides.target.host };
    return { entries: await planWith(sides.registries, taskOf(mappings, hosts)), hosts };
  };

  it('names images at the target as the mapping says', async () => {
    const { entries } = await planOf(
      `[{from: app, to: 'm/app:{repository}-{tag}'},
        {from: app, to: 'm/app:{1}.x', tags: ['regex: (.)\\.0', 'keep: .*']},
        {from: app, to: 'm/app:newest', tags: ['semver: >=0.0.0', 'regex: .*', 'keep: latest 1']}]`,
    );
    expect(states(entries)).toEqual({
      'm/app:app-1.0': 'missing',
      'm/app:app-1.1': 'missing',
      'm/app:app-2.0': 'missing',
      'm/app:1.x': 'missing',
      'm/app:2.x': 'missing',
      'm/app:newest': 'missing',
    });
    expect(told(entries).filter((text) => text.includes('newest') || text.includes('writes'))).toEqual([]);
  });

  it('copies none of those that would get the same name, and says which', async () => {
    const { entries, hosts } = await planOf(`[{from: app, to: 'm/app:{1}', tags: ['regex: (.)\\..*']}]`);
    expect(states(entries)).toEqual({ 'm/app:2': 'missing' });
    const [conflict, ...dropped] = told(entries);
    expect(conflict).toBe(
      `TARGET_CONFLICT ${hosts.target}/m/app:1 would be written from ${hosts.source}/app:1.0 and ${hosts.source}/app:1.1: none of them is copied`,
    );
    expect(dropped).toEqual([
      expect.stringContaining(`1.0: ${hosts.source}/app:1.1 of this mapping would write`),
      expect.stringContaining(`1.1: ${hosts.source}/app:1.0 of this mapping would write`),
    ]);
  });

  it('keeps apart what comes from several repositories', async () => {
    const repositories = ['a', 'b'].map((name) => ({ name, tags: ['1'] }));
    const apart = await planOf(`[{from: 'regex:a|b', to: 'regex:.*,all:{repository}-{tag}'}]`, repositories);
    expect(states(apart.entries)).toEqual({ 'all:a-1': 'missing', 'all:b-1': 'missing' });
    const mixed = await planOf(`[{from: 'regex:a|b', to: 'regex:.*,all:{tag}-x'}]`, repositories);
    expect(states(mixed.entries)).toEqual({});
    expect(told(mixed.entries)[0]).toContain('TARGET_CONFLICT');
  });

  it('lets the later of two mappings write what both name', async () => {
    const { entries, hosts } = await planOf(
      `[{from: app, to: 'm/app:{tag}-x', tags: ['1.0', '2.0']}, {from: app, to: 'm/app:1.0-x', tags: ['1.1']}]`,
    );
    expect(states(entries)).toEqual({ 'm/app:1.0-x': 'missing', 'm/app:2.0-x': 'missing' });
    expect(told(entries)).toEqual([
      `1.0: tasks[0].mappings[1] writes ${hosts.target}/m/app:1.0-x too, and comes later`,
    ]);
  });

  it('fails an image that gets no tag, with the side and its name, and goes on with the others', async () => {
    const tags = ['ok', 'x'.repeat(125)];
    const { entries, hosts } = await planOf(`[{from: app, to: 'm/app:{tag}-mirror'}]`, [
      { name: 'app', tags },
    ]);
    expect(states(entries)).toEqual({ 'm/app:ok-mirror': 'missing' });
    const [failure] = entries.filter(({ kind }) => kind === 'failure');
    expect(failure).toMatchObject({
      error: { code: 'REFERENCE_INVALID', side: 'target', reference: `${hosts.target}/m/app` },
    });
    expect(told(entries)[0]).toContain(`of ${hosts.source}/app:xxx`);
  });

  it('compares an image by its own names: one HEAD a side once it is there, and it is found by either', async () => {
    await using left = await inMemoryRegistry({ repositories: [{ name: 'app', tags: ['1'] }] });
    await using right = await inMemoryRegistry({ repositories: [{ name: 'app', tags: ['1'] }] });
    const hosts = { source: new URL(left.url).host, target: new URL(right.url).host };
    const task = taskOf(`[{from: 'regex:app', to: 'regex:.*,app:{tag}', tags: ['regex: .']}]`, hosts);
    expect(states(await planWith(sides.registries, task))).toEqual({ 'app:1': 'in-sync' });
    for (const { requests } of [left, right]) expect(requests.count({ kind: 'manifest' })).toBe(1);
    const renamed = taskOf(`[{from: app, to: 'app:{tag}-x'}]`, hosts);
    const ports = {
      client: (location: typeof task.source) => sides.registries.connect(location),
      lister: (location: typeof task.source) => sides.registries.lister(location, { cacheDurationMs: 0 }),
      records: recordsOf(),
    };
    for (const name of [`${hosts.source}/app:1`, `${hosts.target}/app:1-x`]) {
      const found = await Array.fromAsync(planImage(renamed, parseReference(name), ports));
      expect(states(found)).toEqual({ 'app:1-x': 'missing' });
    }
    const other = await Array.fromAsync(planImage(renamed, parseReference(`${hosts.target}/app:1`), ports));
    expect(states(other)).toEqual({});
  });

  it('names images by the digest that their tags have now, and copies that: two HEADs for one that is there', async () => {
    const repositories = [{ name: 'app', tags: ['1', '2'] }];
    await using left = await inMemoryRegistry({ repositories });
    await using right = await inMemoryRegistry({ repositories });
    const hosts = { source: new URL(left.url).host, target: new URL(right.url).host };
    const planned = (to: string, tags: string) =>
      taskOf(`[{from: app, to: '${to}', tags: [${tags}]}]`, hosts);
    const first = await planWith(sides.registries, planned('app:{tag}-{digest:12}', '"1"'));
    const [image] = images(first);
    const digest = image?.request.source.digest ?? '';
    expect(digest).toMatch(/^sha256:/);
    const name = `1-${digest.slice('sha256:'.length).slice(0, 12)}`;
    expect(image).toMatchObject({ drift: { state: 'missing' }, request: { target: { tag: name } } });
    expect(image?.request.source.tag).toBeUndefined();
    for (const { requests } of [left, right]) expect(requests.count({ kind: 'manifest' })).toBe(1);
    const gone = await planWith(sides.registries, planned('app:{digest}', '"1", nowhere'));
    expect(states(gone)).toEqual({ [`app:${digest.slice('sha256:'.length)}`]: 'missing' });
    expect(gone.find(({ kind }) => kind === 'failure')).toMatchObject({
      error: { code: 'MANIFEST_UNKNOWN', side: 'source', reference: `${hosts.source}/app:nowhere` },
      tag: 'nowhere',
    });
  });

  it('takes tags of one digest for one image where that is their name', async () => {
    const { entries } = await planTwice(sides);
    expect(images(entries)).toHaveLength(1);
    expect(told(entries)).toEqual([expect.stringContaining('is the same image already')]);
  });
});

async function planTwice(sides: ReturnType<typeof useSides>) {
  const image = makeImage({ layers: ['one image of two tags'] });
  for (const tag of ['1', '1.0']) await pushImage(sides.source, 'twice', tag, image);
  const hosts = { source: sides.source.host, target: sides.target.host };
  return {
    entries: await planWith(sides.registries, taskOf(`[{from: twice, to: 'twice:{digest:12}'}]`, hosts)),
  };
}
