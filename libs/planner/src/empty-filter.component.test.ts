import { fillRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import type { PlanEntry } from './contract.ts';
import { images, planWith, taskOf, useSides } from './plan.fixture.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

const sides = useSides();

const plan = (mappings: string): Promise<PlanEntry[]> =>
  planWith(sides.registries, taskOf(mappings, { source: sides.source.host, target: sides.target.host }));

/** What is said of filters and expressions that choose nothing. */
function emptiness(entries: readonly PlanEntry[]): (string | undefined)[] {
  return entries.flatMap((entry) => {
    if (!('isEmpty' in entry) || !entry.isEmpty) return [];
    return [entry.kind === 'warning' ? entry.message : entry.warning];
  });
}

describe('planner/empty-filter', () => {
  it.each([
    ['a range', `['semver: >=9.0.0']`, true],
    ['an expression', `['regex: release-.*']`, true],
    ['a keep: that drops all', `['keep: .+-glibc']`, true],
    ['several', `['semver: >=9.0.0', 'regex: x', 'keep: latest 5']`, true],
    ['a range that fits one', `['semver: >=1.1.0']`, false],
    ['a range beside a verbatim tag', `['1.0.0', 'semver: >=9.0.0']`, false],
    ['verbatim tags, which are not looked up', `['nowhere']`, false],
    ['none', '[]', false],
  ])('of a repository with tags and with %s', async (_, tags, isEmpty) => {
    await fillRegistry(sides.source, [{ repository: 'filtered', tags: ['1.0.0', '1.1.0', 'edge'] }]);
    const said = emptiness(await plan(`[{from: filtered, tags: ${tags}}]`));
    const place = `${sides.source.host}/filtered`;
    const warning = expect.stringMatching(`^0 of 3 tags of ${place} chosen by tags: .*(semver|regex|keep): `);
    expect(said).toEqual(isEmpty ? [warning] : []);
  });

  it('of every repository of a regex by itself', async () => {
    await fillRegistry(sides.source, [
      { repository: 'each/a', tags: ['1.0.0'] },
      { repository: 'each/b', tags: ['2.0.0', 'edge'] },
    ]);
    const said = emptiness(await plan(`[{from: 'regex:each/.*', tags: ['semver: >=2.0.0']}]`));
    expect(said).toEqual([expect.stringMatching(/^0 of 1 tag of .*\/each\/a chosen by/)]);
  });

  it.each([
    ['more than the filter chooses', `{from: few, tags: ['semver: >=1.1.0'], min-tags: 2}`, ['1 of 3 tags']],
    ['and a filter that chooses nothing', `{from: few, tags: ['regex: x'], min-tags: 1}`, ['0 of 3 tags']],
    ['as many', `{from: few, tags: ['semver: >=1.0.0', 'keep: latest 2'], min-tags: 2}`, []],
    ['more than all tags', `{from: few, min-tags: 4}`, ['3 of 3 tags']],
    ['as many as tags are named', `{from: few, tags: ['1.0.0', '${DIGEST}'], min-tags: 2}`, []],
    ['more than tags are named', `{from: few, tags: ['1.0.0'], min-tags: 2}`, ['1 tag chosen']],
    [
      'of each that fits',
      `{from: 'regex:few|fewer', tags: ['semver: >=1.1.0'], min-tags: 1}`,
      ['0 of 1 tag chosen'],
    ],
    ['and no repository that fits', `{from: 'regex:absent/.*', min-tags: 1}`, ['of the source']],
  ])('fails a repository for min-tags: %s', async (_, mapping, messages) => {
    await fillRegistry(sides.source, [
      { repository: 'few', tags: ['1.0.0', '1.1.0', 'edge'] },
      { repository: 'fewer', tags: ['1.0.0'] },
    ]);
    const entries = await plan(`[${mapping}]`);
    const errors = entries.flatMap((entry) => (entry.kind === 'failure' ? [entry.error] : []));
    expect(errors).toEqual(
      messages.map((message) =>
        expect.objectContaining({
          code: 'TAGS_TOO_FEW',
          kind: 'permanent',
          side: 'source',
          hint: expect.any(String),
          message: expect.stringContaining(message),
        }),
      ),
    );
    const selected = entries.flatMap((entry) => (entry.kind === 'repository' ? [entry.selected] : []));
    expect(images(entries)).toHaveLength(selected.reduce((sum, count) => sum + count, 0));
  });

  it('fails once where a repository with min-tags is missing', async () => {
    const entries = await plan('[{from: nowhere, min-tags: 1}]');
    expect(entries).toMatchObject([{ kind: 'failure', error: { code: 'REPOSITORY_UNKNOWN' } }]);
  });

  it('of an expression that fits no repository', async () => {
    await fillRegistry(sides.source, [{ repository: 'present', tags: ['1'] }]);
    const said = emptiness(await plan(`[{from: 'regex:absent/.*'}]`));
    expect(said).toEqual([
      expect.stringMatching(
        /^0 of \d+ repositor(y|ies) of the source chosen by from: regex:\^absent\/\.\*\$$/,
      ),
    ]);
  });
});
