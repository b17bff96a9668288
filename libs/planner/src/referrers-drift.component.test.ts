import {
  type ArtifactRegistry,
  makeArtifact,
  makeImage,
  pushArtifact,
  pushImage,
  pushIndex,
  putManifest,
  type ReferrersApi,
  startArtifactRegistry,
} from '@regfleet/harness';
import {
  cosignTags,
  type Digest,
  describeReferrer,
  fallbackTag,
  filterIndex,
  type Manifest,
  MEDIA_TYPES,
  mergeReferrers,
  ruleKey,
  silentLogger,
} from '@regfleet/model';
import { createRegistries, findBelongings } from '@regfleet/registry';
import { describe, expect, it } from 'vitest';
import { images, planWith, recordsOf, taskOf } from './plan.fixture.ts';

const IMAGE = makeImage({ layers: ['app'], format: 'oci' });
const RULE = { checkMs: 0 };
const MAPPING = (more: string, platform: string): string =>
  `[{from: app, platform: ${platform}, ${more.includes('referrers:') ? '' : 'referrers: true, '}${more}}]`;
const [SIG = ''] = cosignTags(IMAGE.digest);

const sbomOf = (subject: Manifest, content: string) =>
  makeArtifact({
    subject,
    artifactType: 'application/spdx+json',
    layers: [{ mediaType: 'text/plain', content }],
  });

async function attach(registry: ArtifactRegistry, content: string, hasApi: boolean): Promise<void> {
  const sbom = sbomOf(IMAGE, content);
  await pushArtifact(registry, 'app', sbom);
  if (hasApi) return;
  const bytes = mergeReferrers(undefined, [describeReferrer(sbom).referrer]) ?? Buffer.alloc(0);
  await putManifest(registry, 'app', fallbackTag(IMAGE.digest), { mediaType: MEDIA_TYPES.ociIndex, bytes });
}

async function scenario(api: ReferrersApi | undefined, more: string, platform = 'all') {
  const [source, target] = [
    await startArtifactRegistry(api && { referrers: api }),
    await startArtifactRegistry(),
  ];
  const registries = createRegistries({ logger: silentLogger, env: {} });
  for (const registry of [source, target]) await pushImage(registry, 'app', 'v1', IMAGE);
  const task = taskOf(MAPPING(more, platform), { source: source.host, target: target.host });
  const records = recordsOf();
  const plan = async () => {
    source.requests.clear();
    target.requests.clear();
    const entries = await planWith(registries, task, records);
    const states = images(entries).map(({ request, drift, reason }) => [
      request.source.tag,
      drift.state,
      reason,
    ]);
    return { entries, states, requests: source.requests.summary() };
  };
  return {
    source,
    target,
    plan,
    records,
    /** As a copy leaves it. */
    async sync(
      subjects: readonly Digest[] = [IMAGE.digest],
      { platform = 'all', sourceDigest }: { readonly platform?: string; readonly sourceDigest?: Digest } = {},
    ) {
      const { signal } = new AbortController();
      const client = registries.connect(task.source);
      const { key } = await findBelongings(client, { repository: 'app', subjects, rule: RULE, signal });
      const checkedAtMs = Date.now();
      const digest = subjects[0] ?? IMAGE.digest;
      records.kept.set(`${target.host}/app:v1 ${platform}`, {
        sourceDigest: sourceDigest ?? digest,
        targetDigest: digest,
        syncedAtMs: checkedAtMs,
        relay: 'direct',
        referrers: { rule: ruleKey(RULE), key, checkedAtMs, isSingle: subjects.length === 1 },
      });
    },
    async [Symbol.asyncDispose]() {
      await registries.close();
      await Promise.all([source.stop(), target.stop()]);
    },
  };
}

const LISTING: ReferrersApi = { isListing: true };

describe('planner/referrers-drift', () => {
  it.each([
    ['lists referrers', LISTING, { 'GET referrers': 1 }],
    // Neither the fallback tag nor cosign's are in the list that was read anyway.
    ['lists none', undefined, {}],
  ])('asks of an unchanged image a source that %s as seldom as can be', async (_title, api, cost) => {
    await using test = await scenario(api, `referrers-check: 0s, tags: ['regex: v.*']`);
    await test.sync();
    expect((await test.plan()).states).toEqual([['v1', 'in-sync', expect.any(String)]]);
    expect((await test.plan()).requests).toEqual({ 'GET tags': 1, 'HEAD manifest': 1, ...cost });
  });

  it('asks nothing within the interval, and says why where it has to be copied', async () => {
    await using test = await scenario(LISTING, `tags: [v1]`);
    expect((await test.plan()).states).toEqual([['v1', 'stale', expect.stringContaining('not known to be')]]);
    await test.sync();
    await attach(test.source, 'late', true);
    const { states, requests } = await test.plan();
    expect(states).toEqual([['v1', 'in-sync', expect.any(String)]]);
    expect(requests).toEqual({ 'HEAD manifest': 1 });
  });

  it.each([
    ['by the list of the registry', LISTING],
    ['by the tag in its place', undefined],
  ])('notices what was attached %s, and remembers when nothing was', async (_title, api) => {
    await using test = await scenario(api, `referrers-check: 0s, tags: ['regex: v.*']`);
    await test.sync();
    const before = [...test.records.kept.values()][0]?.referrers;
    await test.plan();
    expect([...test.records.kept.values()][0]?.referrers?.checkedAtMs).toBeGreaterThanOrEqual(
      before?.checkedAtMs ?? 0,
    );
    await attach(test.source, 'late', api !== undefined);
    expect((await test.plan()).states).toEqual([['v1', 'stale', expect.stringContaining('has changed')]]);
  });

  it.each([
    ['tags are listed', `tags: ['regex: v.*']`],
    ['tags are named', 'tags: [v1]'],
  ])('notices a signature under a tag where %s, and takes no such tag for an image', async (_title, tags) => {
    await using test = await scenario(LISTING, `referrers-check: 0s, ${tags}`);
    await test.sync();
    await pushArtifact(
      test.source,
      'app',
      makeArtifact({ layers: [{ mediaType: 'text/plain', content: 'sig' }] }),
      SIG,
    );
    expect((await test.plan()).states).toEqual([['v1', 'stale', expect.stringContaining('has changed')]]);
  });

  it('leaves tags that belong to images to their images', async () => {
    await using test = await scenario(LISTING, '');
    await pushArtifact(
      test.source,
      'app',
      makeArtifact({ layers: [{ mediaType: 'text/plain', content: 'sig' }] }),
      SIG,
    );
    const { entries, states } = await test.plan();
    expect(states.map(([tag]) => tag)).toEqual(['v1']);
    expect(entries).toContainEqual(
      expect.objectContaining({
        kind: 'dropped',
        tag: SIG,
        reason: expect.stringContaining('belongs to an image'),
      }),
    );
  });

  it('tells of tags that belong to images where nobody asks for them', async () => {
    await using test = await scenario(undefined, 'referrers: false');
    expect((await test.plan()).entries).not.toContainEqual(
      expect.objectContaining({ belongings: expect.anything() }),
    );
    const signature = makeArtifact({ layers: [{ mediaType: 'text/plain', content: 'sig' }] });
    await pushArtifact(test.source, 'app', signature, SIG);
    const { entries } = await test.plan();
    expect(entries).toContainEqual(expect.objectContaining({ kind: 'repository', belongings: 1 }));
  });

  it('looks at each manifest of an index', async () => {
    await using test = await scenario(LISTING, `referrers-check: 0s, tags: ['regex: v.*']`);
    const { source, target } = test;
    const index = await pushIndex(source, 'app', 'v1', { images: [IMAGE] });
    await pushIndex(target, 'app', 'v1', index);
    await test.sync([index.digest, IMAGE.digest]);
    expect((await test.plan()).states).toEqual([['v1', 'in-sync', expect.any(String)]]);
    await attach(source, 'of the child', true);
    expect((await test.plan()).states).toEqual([['v1', 'stale', expect.stringContaining('has changed')]]);
  });

  it('looks at the manifests of a part of an index, of which the source has none', async () => {
    const other = makeImage({
      layers: ['other'],
      format: 'oci',
      platform: { os: 'linux', architecture: 's390x' },
    });
    const kept = makeImage({
      layers: ['app'],
      format: 'oci',
      platform: { os: 'linux', architecture: 'arm64' },
    });
    await using test = await scenario(LISTING, `referrers-check: 0s, tags: [v1]`, '[linux/arm64]');
    const { source, target } = test;
    const index = await pushIndex(source, 'app', 'v1', { images: [kept, other] });
    const part = filterIndex(index, {
      platforms: [{ os: 'linux', architecture: 'arm64' }],
      missing: 'fail',
    }).manifest;
    await pushIndex(target, 'app', 'all', index);
    await putManifest(target, 'app', 'v1', part);
    await test.sync([part.digest, kept.digest], { platform: '[linux/arm64]', sourceDigest: index.digest });
    expect((await test.plan()).states).toEqual([['v1', 'in-sync', expect.any(String)]]);
    await pushArtifact(source, 'app', sbomOf(kept, 'of what is kept'));
    expect((await test.plan()).states).toEqual([['v1', 'stale', expect.stringContaining('has changed')]]);
  });
});
