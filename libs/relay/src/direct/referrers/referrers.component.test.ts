import {
  type ArtifactRegistry,
  digestOf,
  makeArtifact,
  pullEverything,
  pushArtifact,
  pushImage,
  putManifest,
  readManifest,
  startArtifactRegistry,
  startRegistry,
} from '@regfleet/harness';
import {
  describeReferrer,
  fallbackTag,
  type Manifest,
  MEDIA_TYPES,
  mergeReferrers,
  parseReferrers,
  type ReferrerRule,
  silentLogger,
} from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { openRelay } from '../../index.ts';
import { type Place, RelayUnderTest } from '../../relay.fixture.ts';
import { attachLate, pushSigned, REPOSITORY, sign } from './signed-images.fixture.ts';

const ALL: ReferrerRule = { checkMs: 0 };

const KINDS = {
  'docker-registry': () => startRegistry(),
  'a registry that lists none': () => startArtifactRegistry(),
  'a registry that lists referrers': () =>
    startArtifactRegistry({ referrers: { isListing: true, pageSize: 1 } }),
  'a registry that honours conditions': () => startArtifactRegistry({ honoursConditions: true }),
} as const;
type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];

// Every request is tried with 1; a copy sends some hundred.
const CUT_EVERY = 9;

const [PLAIN, , LISTING, CONDITIONAL] = kinds as [Kind, Kind, Kind, Kind];
// The others are compared in `layouts.component.test.ts`.
const PAIRS: readonly (readonly [Kind, Kind])[] = [
  [PLAIN, LISTING],
  [PLAIN, CONDITIONAL],
  [LISTING, PLAIN],
];

async function scenario(source: Kind, target: Kind) {
  const [from, to] = [await KINDS[source](), await KINDS[target]()];
  const relay = new RelayUnderTest(await openRelay('direct', {}, { logger: silentLogger }));
  return {
    from,
    to,
    copy: (rule: ReferrerRule | undefined = ALL, options: object = {}) =>
      relay.copy([from, `${REPOSITORY}:1.0`], [to, `${REPOSITORY}:1.0`], {
        platform: 'all',
        ...(rule && { referrers: rule }),
        ...options,
      }),
    relay,
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await Promise.all([from.stop(), to.stop()]);
    },
  };
}

/** What a client of the distribution specification finds. */
async function listed(registry: Place, subject: Manifest): Promise<string[]> {
  const path = `/v2/${REPOSITORY}/referrers/${subject.digest}`;
  const found: string[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const page: Response = await fetch(`${registry.url}${next}`);
    if (!page.ok) return underTag(registry, subject);
    found.push(...digests(parseReferrers(Buffer.from(await page.arrayBuffer())) ?? []));
    next = /<([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1];
  }
  return found.sort();
}

async function underTag(registry: Place, subject: Manifest): Promise<string[]> {
  const tag = fallbackTag(subject.digest);
  if ((await digestOf(registry, REPOSITORY, tag)) === undefined) return [];
  return digests(parseReferrers((await readManifest(registry, REPOSITORY, tag)).bytes) ?? []);
}

const digests = (list: readonly { readonly digest: string }[]): string[] =>
  list.map(({ digest }) => digest).sort();

describe('relay/direct/referrers', () => {
  it.each(PAIRS)(
    'brings from %s to %s all that belongs to an image, nothing else, and once',
    { timeout: 60_000 },
    async (source, target) => {
      await using test = await scenario(source, target);
      const { from, to } = test;
      const { index, other, ofIndex, ofArm, ofSbom, tags, otherSig, arm, sbom } = await pushSigned(from);
      expect(await test.copy()).toMatchObject({ outcome: 'copied', targetDigest: index.digest });
      for (const part of [ofIndex, ofArm, ofSbom]) {
        if (part === undefined) throw new Error('the fixture has them');
        expect(await listed(to, part.subject)).toEqual(digests(part.list));
        for (const { digest } of part.list) await pullEverything(to, REPOSITORY, digest);
      }
      for (const [tag, artifact] of tags.filter(([tag]) => tag !== otherSig))
        expect((await pullEverything(to, REPOSITORY, tag)).digest).toBe(artifact.digest);
      expect(await digestOf(to, REPOSITORY, otherSig)).toBeUndefined();
      expect(await listed(to, other)).toEqual([]);
      if ('requests' in to) to.requests.clear();
      const second = await test.copy();
      expect(second).toMatchObject({ outcome: 'unchanged', targetDigest: index.digest });
      if ('requests' in to) {
        expect(to.requests.count({ method: 'PUT' }) + to.requests.count({ method: 'POST' })).toBe(0);
      }
      await attachLate(from, arm, 'late');
      await attachLate(from, sbom, 'later');
      expect(await test.copy()).toMatchObject({ outcome: 'copied', targetDigest: index.digest });
      expect(await listed(to, arm)).toEqual(await listed(from, arm));
      expect(await listed(to, sbom)).toEqual(await listed(from, sbom));
      expect((await test.copy()).outcome).toBe('unchanged');
    },
  );

  it('leaves behind what nobody asked for', async () => {
    await using test = await scenario('a registry that lists referrers', 'a registry that lists referrers');
    const { index, ofIndex } = await pushSigned(test.from);
    expect(ofIndex?.list).toHaveLength(2);
    expect(
      (
        await test.relay.copy([test.from, `${REPOSITORY}:1.0`], [test.to, `${REPOSITORY}:1.0`], {
          platform: 'all',
        })
      ).referrers,
    ).toBeUndefined();
    expect(await listed(test.to, index)).toEqual([]);
  });

  it.each<[string, Kind, Omit<ReferrerRule, 'checkMs'>]>([
    ['by their type', 'a registry that lists referrers', { artifactTypes: ['application/spdx+json'] }],
    ['by their type under a tag', 'a registry that lists none', { artifactTypes: ['application/spdx+json'] }],
    [
      'by their annotations',
      'a registry that lists none',
      {
        annotations: { 'org.opencontainers.image.created': '2026-01-01T00:00:00Z' },
        artifactTypes: ['application/spdx+json'],
      },
    ],
  ])('chooses referrers %s, with what refers to them', async (_title, kind, rule) => {
    await using test = await scenario(kind, 'a registry that lists referrers');
    const { index, sbom, ofSbom, arm } = await pushSigned(test.from);
    await test.copy({ ...rule, checkMs: 0 });
    expect(await listed(test.to, index)).toEqual([sbom.digest]);
    expect(await listed(test.to, sbom)).toEqual(digests(ofSbom?.list ?? []));
    expect(await listed(test.to, arm)).toEqual([]);
  });

  it.each([LISTING, CONDITIONAL])('shows the tag at %s only with all that belongs to it', async (target) => {
    await using test = await scenario('a registry that lists none', target);
    const { index, arm } = await pushSigned(test.from);
    const to = test.to as ArtifactRegistry;
    const seen: number[] = [];
    to.onTag((_repository, tag) => {
      if (tag !== '1.0') return;
      const { manifests, tags } = to.repository(REPOSITORY);
      seen.push([...manifests.values()].filter(({ bytes }) => bytes.includes('"subject"')).length);
      expect(tags.has(`${fallbackTag(index.digest)}.sig`)).toBe(true);
      if (target === 'a registry that honours conditions')
        for (const subject of [index, arm]) expect(tags.has(fallbackTag(subject.digest))).toBe(true);
    });
    await test.copy();
    expect(seen).toEqual([5]);
  });

  it('keeps what others have listed under the tag, and mends an entry that lacks its annotations', async () => {
    await using test = await scenario('a registry that lists none', 'a registry that lists none');
    const { index, ofIndex } = await pushSigned(test.from);
    const own = makeArtifact({
      subject: index,
      artifactType: 'application/vnd.example.own',
      layers: [{ mediaType: 'text/plain', content: 'ours alone' }],
    });
    await pushArtifact(test.to, REPOSITORY, own);
    const [stale] = ofIndex?.list ?? [];
    if (stale === undefined) throw new Error('the fixture has one');
    await pushArtifact(test.to, REPOSITORY, stale);
    const { mediaType, digest, bytes } = stale;
    const bare = { mediaType, digest, sizeBytes: bytes.byteLength };
    const list = mergeReferrers(undefined, [describeReferrer(own).referrer, bare]) ?? Buffer.alloc(0);
    await putManifest(test.to, REPOSITORY, fallbackTag(index.digest), {
      mediaType: MEDIA_TYPES.ociIndex,
      bytes: list,
    });
    await test.copy();
    expect(await listed(test.to, index)).toEqual(digests([...(ofIndex?.list ?? []), own]));
    const mended = parseReferrers((await readManifest(test.to, REPOSITORY, fallbackTag(index.digest))).bytes);
    expect(mended?.find((entry) => entry.digest === digest)).toEqual(describeReferrer(stale).referrer);
  });

  it("leaves a user's own image under the fallback tag alone, and puts no tag", async () => {
    await using test = await scenario('a registry that lists none', 'a registry that lists none');
    const { index } = await pushSigned(test.from);
    const own = await pushImage(test.to, REPOSITORY, fallbackTag(index.digest), { layers: ['mine'] });
    await expect(test.copy()).rejects.toMatchObject({
      code: 'TARGET_CONFLICT',
      side: 'target',
      reference: expect.stringContaining(`:${fallbackTag(index.digest)}`),
    });
    expect(await digestOf(test.to, REPOSITORY, fallbackTag(index.digest))).toBe(own.digest);
    expect(await digestOf(test.to, REPOSITORY, '1.0')).toBeUndefined();
  });

  it('refuses what is listed as a referrer and is none, and puts no tag', async () => {
    await using test = await scenario('a registry that lists none', 'a registry that lists none');
    const { index, other } = await pushSigned(test.from);
    const bytes = mergeReferrers(undefined, [describeReferrer(other).referrer]) ?? Buffer.alloc(0);
    await putManifest(test.from, REPOSITORY, fallbackTag(index.digest), {
      mediaType: MEDIA_TYPES.ociIndex,
      bytes,
    });
    await expect(test.copy()).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      side: 'source',
      reference: expect.stringContaining(other.digest),
    });
    expect(await digestOf(test.to, REPOSITORY, '1.0')).toBeUndefined();
  });

  it.each([
    ['a bundle', 'bundle'],
    ['a tag of cosign', 'tag'],
  ] as const)('holds a tag back until the image has %s for a signature', async (_title, kind) => {
    await using test = await scenario('a registry that lists none', 'a registry that lists referrers');
    const image = await pushImage(test.from, REPOSITORY, '1.0', { layers: ['unsigned'], format: 'oci' });
    await attachLate(test.from, image, 'an sbom signs nothing');
    const rule = { ...ALL, needsSignature: true };
    await expect(test.copy(rule)).rejects.toMatchObject({
      code: 'SIGNATURE_MISSING',
      side: 'source',
      reference: expect.stringMatching(/:1\.0$/),
    });
    expect(await digestOf(test.to, REPOSITORY, '1.0')).toBeUndefined();
    await sign(test.from, image, kind);
    expect(await test.copy(rule)).toMatchObject({ outcome: 'copied', targetDigest: image.digest });
  });

  it('shows no tag without all that belongs to it, wherever a copy is cut off', async () => {
    await using source = await startArtifactRegistry({ referrers: { isListing: true } });
    const { index, arm, sbom } = await pushSigned(source);
    for (let requests = 1; ; requests += CUT_EVERY) {
      await using target = await startArtifactRegistry();
      await using relay = new RelayUnderTest(await openRelay('direct', {}, { logger: silentLogger }));
      const isWhole = (): boolean => {
        const { tags, manifests } = target.repository(REPOSITORY);
        return (
          [index, arm, sbom].every(({ digest }) => tags.has(fallbackTag(digest))) &&
          [...manifests.values()].filter(({ bytes }) => bytes.includes('"subject"')).length === 5
        );
      };
      const seen: boolean[] = [];
      target.onTag((_repository, tag) => {
        if (tag === '1.0') seen.push(isWhole());
      });
      const cut = new AbortController();
      target.onRequest((count) => {
        if (count === requests) cut.abort(new Error('the process ends'));
      });
      const options = { platform: 'all', referrers: ALL };
      const copy = (signal: AbortSignal) =>
        relay.copy([source, `${REPOSITORY}:1.0`], [target, `${REPOSITORY}:1.0`], { ...options, signal });
      const outcome = await copy(cut.signal).catch(() => 'cut');
      if (outcome === 'cut') await copy(new AbortController().signal);
      expect(isWhole()).toBe(true);
      expect(seen.every(Boolean)).toBe(true);
      if (outcome !== 'cut') break;
    }
  });
});
