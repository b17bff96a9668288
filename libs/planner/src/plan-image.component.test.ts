import { countingProxy, fillRegistry } from '@regfleet/harness';
import { parseReference } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import type { PlanEntry } from './contract.ts';
import { recordsOf, taskOf, useSides } from './plan.fixture.ts';
import { planImage } from './plan-image.ts';

const sides = useSides();

/** What is told of an image, a line for each entry. */
async function told(mappings: string, image: string, source = sides.source.host): Promise<string[]> {
  const task = taskOf(mappings, { source, target: sides.target.host });
  const { registries } = sides;
  const ports = {
    client: (location: typeof task.source) => registries.connect(location),
    lister: (location: typeof task.source) => registries.lister(location, { cacheDurationMs: 0 }),
    records: recordsOf(),
  };
  const lines: string[] = [];
  for await (const entry of planImage(task, parseReference(image), ports)) lines.push(lineOf(entry));
  return lines;
}

function lineOf(entry: PlanEntry): string {
  if (entry.kind === 'image')
    return `${entry.drift.state} ${entry.request.target.repository}:${entry.request.target.tag}`;
  if (entry.kind === 'dropped')
    return `dropped ${entry.mapping} ${entry.pair.target.repository}:${entry.tag}`;
  return entry.kind;
}

describe('planner/plan-image', () => {
  it('tells of an image by either side, and asks about no other one', async () => {
    await fillRegistry(sides.source, [
      { repository: 'why/app', tags: ['1.0.0', '2.0.0', 'edge'] },
      { repository: 'why/other', tags: ['1.0.0'] },
    ]);
    await using proxy = await countingProxy(sides.source);
    const mappings = `[{from: 'regex:why/.*', to: mirror, tags: ['semver: >=1.0.0']}]`;
    const found = ['repository', 'missing mirror/why/app:1.0.0'];
    expect(await told(mappings, `${proxy.host}/why/app:1.0.0`, proxy.host)).toEqual(found);
    expect(await told(mappings, `${sides.target.host}/mirror/why/app:1.0.0`, proxy.host)).toEqual(found);
    const asked = proxy.requests.all.map(({ path }) => path);
    expect(
      asked.filter((path) => path.includes('/why/other/') || /manifests\/(?!1\.0\.0)/.test(path)),
    ).toEqual([]);
  });

  it('tells which filter or later mapping leaves it out', async () => {
    await fillRegistry(sides.source, [
      { repository: 'out/app', tags: ['1.0.0', 'edge'] },
      { repository: 'out/late', tags: ['1.0.0'] },
    ]);
    const mappings = `[{from: out/app, to: copy, tags: ['semver: >=1.0.0']}, {from: out/late, to: copy}]`;
    expect(await told(mappings, `${sides.source.host}/out/app:edge`)).toContain(
      'dropped tasks[0].mappings[0] copy:edge',
    );
    expect(await told(mappings, `${sides.source.host}/out/app:1.0.0`)).toContain(
      'dropped tasks[0].mappings[0] copy:1.0.0',
    );
    expect(await told(mappings, `${sides.target.host}/copy:1.0.0`)).toContain('missing copy:1.0.0');
  });

  it('tells nothing of a repository that no mapping has, and no image of a tag that the source lacks', async () => {
    await fillRegistry(sides.source, [{ repository: 'none/app', tags: ['1'] }]);
    expect(await told('[{from: none/app}]', `${sides.source.host}/none/other:1`)).toEqual([]);
    expect(await told('[{from: none/app}]', 'elsewhere.test/none/app:1')).toEqual([]);
    expect(await told('[{from: none/app}]', `${sides.source.host}/none/app:2`)).toEqual(['repository']);
  });
});
