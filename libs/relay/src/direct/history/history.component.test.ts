import {
  type ArtifactRegistry,
  countingProxy,
  digestOf,
  listTags,
  makeImage,
  makeIndex,
  pullEverything,
  pushImage,
  pushIndex,
  startArtifactRegistry,
  startRegistry,
} from '@regfleet/harness';
import {
  digestDigits,
  formatAnchor,
  type HistoryRule,
  isAnchorTag,
  parseAnchor,
  silentLogger,
} from '@regfleet/model';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openRelay } from '../../index.ts';
import { type Place, RelayUnderTest } from '../../relay.fixture.ts';

const KEEP_TEN: HistoryRule = { keep: { kind: 'count', count: 10 } };

describe('relay/direct/history', () => {
  let source: ArtifactRegistry;
  let relay: RelayUnderTest;

  beforeAll(async () => {
    source = await startArtifactRegistry();
    relay = new RelayUnderTest(await openRelay('direct', {}, { logger: silentLogger }));
  });

  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]();
    await source?.stop();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** The tag names each version in turn, at the source and then at the target. */
  async function follow(
    target: Place,
    repository: string,
    versions: readonly string[],
    history: HistoryRule,
  ) {
    const digests = [];
    for (const version of versions) {
      const image = makeImage({ layers: [version] });
      await pushImage(source, repository, 'stable', image);
      await relay.copy([source, `${repository}:stable`], [target, `${repository}:stable`], { history });
      digests.push(image.digest);
    }
    return digests;
  }

  it('keeps ten of twelve from a collector of what no tag names, at a registry that deletes no tags', async () => {
    await using target = await startRegistry();
    const versions = Array.from({ length: 12 }, (_, index) => `version ${index}`);
    const digests = await follow(target, 'kept', versions, KEEP_TEN);
    await target.collectGarbage();
    for (const digest of digests.slice(2)) await pullEverything(target, 'kept', digest);
    for (const digest of digests.slice(0, 2))
      await expect(pullEverything(target, 'kept', digest)).rejects.toThrow();
    expect(await digestOf(target, 'kept', 'stable')).toBe(digests.at(-1));
  });

  it('keeps indexes with what they are made of, from a collector that knows what they name', async () => {
    await using target = await startArtifactRegistry();
    const indexes = ['a', 'b', 'c'].map((version) => makeIndex([makeImage({ layers: [version] })]));
    for (const index of indexes) {
      await pushIndex(source, 'index', 'stable', index);
      const history: HistoryRule = { keep: { kind: 'count', count: 2 } };
      const platform = 'all';
      await relay.copy([source, 'index:stable'], [target, 'index:stable'], { history, platform });
    }
    target.collectGarbage();
    const kept = [...target.repository('index').manifests.values()].map(({ digest }) => digest);
    for (const { digest } of indexes.slice(1)) await pullEverything(target, 'index', digest);
    expect(kept).not.toContain(indexes[0]?.digest);
  });

  it('deletes anchors that are not needed any more, and nothing else, where the registry deletes tags', async () => {
    await using target = await startArtifactRegistry();
    await follow(target, 'few', ['a', 'b', 'c', 'd', 'a'], { keep: { kind: 'count', count: 3 } });
    const tags = await listTags(target, 'few');
    expect(tags.filter(isAnchorTag)).toHaveLength(2);
    expect(tags.filter((tag) => !isAnchorTag(tag))).toEqual(['stable']);
  });

  it('lets go what was overwritten first, also where a clock was ahead before, or goes back', async () => {
    await using target = await startArtifactRegistry();
    const history: HistoryRule = { keep: { kind: 'count', count: 3 } };
    vi.useFakeTimers({ toFake: ['Date'] });
    const digests = [];
    for (const [version, day] of [
      ['a', '2026-01-03'],
      ['b', '2026-01-02'],
      ['c', '2099-01-01'],
      ['d', '1970-01-01'],
      ['e', '2026-01-04'],
    ] as const) {
      vi.setSystemTime(Date.parse(day));
      digests.push(...(await follow(target, 'clock', [version], history)));
    }
    const kept = (await listTags(target, 'clock')).flatMap((tag) => parseAnchor(tag)?.digits ?? []);
    expect(kept).toEqual(digests.slice(2, 4).map((digest) => digestDigits(digest)));
  });

  it('lets nothing go by its age while the clock is ahead of the registry', async () => {
    await using target = await startRegistry();
    const history: HistoryRule = { keep: { kind: 'age', ageMs: 24 * 3_600_000 } };
    const old = makeImage({ layers: ['of 2020'] });
    const anchor = formatAnchor({ kind: 'keep', tag: 'stable', atMs: Date.UTC(2020), digest: old.digest });
    await pushImage(target, 'jump', anchor, old);
    const [first] = await follow(target, 'jump', ['a'], {});
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 3 * 24 * 3_600_000);
    const [second] = await follow(target, 'jump', ['b'], history);
    expect(await digestOf(target, 'jump', anchor)).toBe(old.digest);
    vi.useRealTimers();
    await follow(target, 'jump', ['c'], history);
    expect(await digestOf(target, 'jump', anchor)).not.toBe(old.digest);
    await target.collectGarbage();
    for (const kept of [first, second]) await pullEverything(target, 'jump', kept ?? '');
  });

  it('sends two manifests and no blob more for a tag that moves, and nothing for one that does not', async () => {
    await using target = await startArtifactRegistry();
    const [first] = await follow(target, 'named', ['a'], KEEP_TEN);
    const backup: HistoryRule = { ...KEEP_TEN, backup: ({ tag, digest }) => `${tag}-${digest.slice(7, 19)}` };
    const [second] = await follow(target, 'named', ['b'], backup);
    await follow(target, 'named', ['b'], backup);
    const name = `stable-${first?.slice(7, 19)}`;
    const tags = await listTags(target, 'named');
    expect(tags.filter((tag) => !isAnchorTag(tag))).toEqual(['stable', name]);
    expect(tags.filter(isAnchorTag)).toHaveLength(1);
    expect(await digestOf(target, 'named', name)).toBe(first);
    expect(await digestOf(target, 'named', 'stable')).toBe(second);
  });

  it('gives what it fails to overwrite the same names again, also in another process', async () => {
    await using target = await startArtifactRegistry();
    await using proxy = await countingProxy(target);
    const history: HistoryRule = { ...KEEP_TEN, backup: ({ tag, atMs }) => `${tag}-${atMs}` };
    await follow(target, 'tried', ['a'], history);
    await pushImage(source, 'tried', 'stable', makeImage({ layers: ['b'] }));
    proxy.inject({ method: 'PUT', path: /manifests\/stable$/, status: 403 });
    for (let tries = 1; tries <= 2; tries += 1) {
      await using other = new RelayUnderTest(await openRelay('direct', {}, { logger: silentLogger }));
      const tried = other.copy([source, 'tried:stable'], [proxy, 'tried:stable'], { history });
      await expect(tried).rejects.toMatchObject({ code: 'DENIED', side: 'target' });
    }
    const tags = await listTags(target, 'tried');
    expect([tags.length, tags.filter(isAnchorTag).length]).toEqual([3, 1]);
  });

  it.each([
    ['is taken', 'taken', 'TARGET_CONFLICT'],
    ['no tag can be', '-x', 'REFERENCE_INVALID'],
    ['is an anchor', `regfleet.keep.x.20261128093042007.${'0'.repeat(32)}`, 'REFERENCE_INVALID'],
  ])('does not overwrite a tag whose backup would be called what %s', async (_title, name, code) => {
    await using target = await startArtifactRegistry();
    await pushImage(target, 'full', 'taken', { layers: ['of somebody'] });
    const [first] = await follow(target, 'full', ['a'], {});
    const moved = follow(target, 'full', ['b'], { backup: () => name });
    await expect(moved).rejects.toMatchObject({ code, side: 'target' });
    expect(await digestOf(target, 'full', 'stable')).toBe(first);
  });
});
