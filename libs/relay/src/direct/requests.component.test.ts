import {
  type CountingProxy,
  countingProxy,
  digestOf,
  type MadeImage,
  makeImage,
  pullEverything,
  pushImage,
  pushIndex,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { type CopyProgress, type Digest, MEDIA_TYPES, silentLogger } from '@regfleet/model';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RelayUnderTest } from '../relay.fixture.ts';
import { directRelay } from './definition.ts';
import { putRawManifest } from './raw-manifest.fixture.ts';

describe('relay/direct/requests', () => {
  let sourceRegistry: TestRegistry;
  let targetRegistry: TestRegistry;
  let source: CountingProxy;
  let target: CountingProxy;
  let relay: RelayUnderTest;
  let image: MadeImage;

  beforeAll(async () => {
    [sourceRegistry, targetRegistry] = await Promise.all([startRegistry(), startRegistry()]);
    [source, target] = await Promise.all([countingProxy(sourceRegistry), countingProxy(targetRegistry)]);
    image = makeImage({ layers: ['shared', 'its own'] });
    await pushImage(sourceRegistry, 'app', 'v1', image);
    await pushImage(sourceRegistry, 'app', 'v2', { layers: ['shared', 'of the second'] });
  });

  afterAll(async () => {
    await Promise.all([source, target].map((proxy) => proxy?.stop()));
    await Promise.all([sourceRegistry, targetRegistry].map((registry) => registry?.stop()));
  });

  beforeEach(async () => {
    relay = await freshRelay();
  });

  afterEach(() => relay[Symbol.asyncDispose]());

  /** A relay that knows nothing yet, as after a restart. */
  const freshRelay = async (): Promise<RelayUnderTest> =>
    new RelayUnderTest(await directRelay.open({}, { logger: silentLogger }));

  /** The requests of both sides that `work` causes, logins left out. */
  async function requestsOf(work: () => Promise<unknown>): Promise<{ source: object; target: object }> {
    source.requests.clear();
    target.requests.clear();
    await work();
    const summary = ({ requests }: CountingProxy): object =>
      Object.fromEntries(Object.entries(requests.summary()).filter(([kind]) => kind !== 'GET ping'));
    return { source: summary(source), target: summary(target) };
  }

  it('reads each blob once and asks the target four things at most about it', async () => {
    const requests = await requestsOf(() => relay.copy([source, 'app:v1'], [target, 'first:v1']));
    expect(requests).toEqual({
      source: { 'GET manifest': 1, 'GET blob': 3 },
      target: { 'HEAD manifest': 1, 'HEAD blob': 3, 'POST upload': 3, 'PUT upload': 3, 'PUT manifest': 1 },
    });
  });

  it('does not ask for the tag of a target that was just seen without it', async () => {
    const seenTarget = { head: undefined };
    const requests = await requestsOf(() =>
      relay.copy([source, 'app:v1'], [target, 'seen:v1'], { seenTarget }),
    );
    expect(requests.target).not.toHaveProperty('HEAD manifest');
  });

  it('asks a repository that had no tag about large blobs alone', async () => {
    const large = 'L'.repeat(4 * 1024 * 1024 + 1);
    await pushImage(sourceRegistry, 'sizes', 'v1', { layers: ['small', large] });
    const seenTarget = { head: undefined, isNewRepository: true };
    const requests = await requestsOf(() =>
      relay.copy([source, 'sizes:v1'], [target, 'unseen:v1'], { seenTarget }),
    );
    expect(requests).toEqual({
      source: { 'GET manifest': 1, 'GET blob': 3 },
      target: { 'HEAD blob': 1, 'POST upload': 3, 'PUT upload': 3, 'PUT manifest': 1 },
    });
  });

  it('writes nothing over a tag that may not change, whatever was seen before, and fails where it is not to be overlooked', async () => {
    await pushImage(targetRegistry, 'fixed', 'v1', { layers: ['of somebody else'] });
    const before = await digestOf(targetRegistry, 'fixed', 'v1');
    const copy = (onChange: 'refuse' | 'keep') =>
      relay.copy([source, 'app:v1'], [target, 'fixed:v1'], { onChange, seenTarget: { head: undefined } });
    const requests = await requestsOf(async () => {
      await expect(copy('refuse')).rejects.toMatchObject({ code: 'TAG_CHANGED', side: 'target' });
      expect(await copy('keep')).toMatchObject({ outcome: 'unchanged', targetDigest: before, isKept: true });
    });
    expect(requests.target).toEqual({ 'HEAD manifest': 2 });
    await relay.copy([source, 'app:v1'], [target, 'fixed:v2'], { onChange: 'refuse' });
    expect(await digestOf(targetRegistry, 'fixed', 'v2')).toBe(image.digest);
    const again = relay.copy([source, 'app:v1'], [target, 'fixed:v2'], { onChange: 'refuse' });
    expect(await again).toMatchObject({ outcome: 'unchanged' });
  });

  it('asks two things about a tag that is in sync', async () => {
    await relay.copy([source, 'app:v1'], [target, 'second:v1']);
    const requests = await requestsOf(() => relay.copy([source, 'app:v1'], [target, 'second:v1']));
    expect(requests).toEqual({ source: { 'HEAD manifest': 1 }, target: { 'HEAD manifest': 1 } });
  });

  it('asks for nothing but the manifest where all blobs are known to be there', async () => {
    await relay.copy([source, 'app:v1'], [target, 'known:v1']);
    const request = { sourceDigest: image.digest };
    const requests = await requestsOf(() =>
      relay.copy([source, 'app:v1'], [target, 'known:v2'], { request }),
    );
    expect(requests).toEqual({
      source: { 'HEAD manifest': 1 },
      target: { 'HEAD manifest': 1, 'PUT manifest': 1 },
    });
  });

  it('asks once for each blob after a restart', async () => {
    await relay.copy([source, 'app:v1'], [target, 'restart:v1']);
    await using other = await freshRelay();
    const requests = await requestsOf(() => other.copy([source, 'app:v1'], [target, 'restart:v2']));
    expect(requests.target).toEqual({ 'HEAD manifest': 1, 'HEAD blob': 3, 'PUT manifest': 1 });
  });

  it('mounts what another repository of the target holds', async () => {
    await relay.copy([source, 'app:v1'], [target, 'mounted/from:v1']);
    const requests = await requestsOf(() => relay.copy([source, 'app:v1'], [target, 'mounted/to:v1']));
    expect(requests).toEqual({
      source: { 'GET manifest': 1 },
      target: { 'HEAD manifest': 1, 'POST upload': 3, 'PUT manifest': 1 },
    });
    await pullEverything(target, 'mounted/to', 'v1');
  });

  it('mounts everything within one registry', async () => {
    const requests = await requestsOf(() => relay.copy([source, 'app:v1'], [source, 'neighbour:v1']));
    expect(requests.source).toEqual({
      'HEAD manifest': 1,
      'GET manifest': 1,
      'POST upload': 3,
      'PUT manifest': 1,
    });
  });

  it('writes nothing but the manifest within one repository', async () => {
    const requests = await requestsOf(() => relay.copy([source, 'app:v1'], [source, 'app:stable']));
    expect(requests.source).toEqual({ 'HEAD manifest': 1, 'GET manifest': 1, 'PUT manifest': 1 });
  });

  it('stops asking about each small blob while a new repository is filled', async () => {
    const tags = Array.from({ length: 12 }, (_, position) => `v${position}`);
    await Promise.all(
      tags.map((tag) => pushImage(sourceRegistry, 'fill', tag, { layers: [`of ${tag}`, `more of ${tag}`] })),
    );
    const requests = await requestsOf(async () => {
      for (const tag of tags) await relay.copy([source, `fill:${tag}`], [target, `fill:${tag}`]);
    });
    expect(target.requests.count({ method: 'HEAD', kind: 'blob' })).toBeLessThan(15);
    expect(requests.target).toMatchObject({
      'HEAD manifest': 12,
      'POST upload': 36,
      'PUT upload': 36,
      'PUT manifest': 12,
    });
  });

  it('moves a blob once, however many images want it at the same time', async () => {
    const names = ['one:v1', 'one:v2', 'two:v1', 'three:v1', 'four:v1'];
    const requests = await requestsOf(() =>
      Promise.all(names.map((name) => relay.copy([source, 'app:v1'], [target, `crowd/${name}`]))),
    );
    expect(requests.source).toMatchObject({ 'GET blob': 3 });
    expect(requests.target).toMatchObject({ 'PUT upload': 3, 'PUT manifest': 5 });
  });

  it('reads a manifest once for all tags that are planned with its digest', async () => {
    const request = { sourceDigest: image.digest };
    const names = ['v1', 'v2', 'v3'];
    const requests = await requestsOf(() =>
      Promise.all(names.map((tag) => relay.copy([source, 'app:v1'], [target, `tags:${tag}`], { request }))),
    );
    expect(requests.source).toMatchObject({ 'GET manifest': 1, 'HEAD manifest': 2 });
  });

  it('skips the children of an index that the target has', async () => {
    const [kept, changed] = [
      { layers: ['kept'] },
      { layers: ['before'], platform: { os: 'linux', architecture: 's390x' } },
    ];
    await pushIndex(sourceRegistry, 'index', 'v1', { images: [kept, changed] });
    await relay.copy([source, 'index:v1'], [target, 'index:v1'], { platform: 'all' });
    await pushIndex(sourceRegistry, 'index', 'v1', { images: [kept, { ...changed, layers: ['after'] }] });
    await using other = await freshRelay();
    const copy = () => other.copy([source, 'index:v1'], [target, 'index:v1'], { platform: 'all' });
    const requests = await requestsOf(copy);
    expect(requests).toMatchObject({
      source: { 'GET manifest': 2, 'GET blob': 2 },
      target: { 'HEAD manifest': 3, 'PUT manifest': 2 },
    });
  });

  it('pushes again what the target has lost since it was seen there', async () => {
    await relay.copy([source, 'app:v1'], [target, 'lost:v1']);
    const lost = image.layers[0]?.digest;
    const { status } = await fetch(`${targetRegistry.url}/v2/lost/blobs/${lost}`, { method: 'DELETE' });
    expect(status).toBe(202);
    const result = await relay.copy([source, 'app:v2'], [target, 'lost:v2']);
    expect((await pullEverything(target, 'lost', 'v2')).digest).toBe(result.targetDigest);
  });

  it('copies artifacts and nested indexes as they are', async () => {
    const at = [sourceRegistry, 'app'] as const;
    const [layer] = image.layers.map(({ digest, sizeBytes }) => ({ digest, size: sizeBytes }));
    const artifact = await putRawManifest(at, MEDIA_TYPES.ociManifest, {
      artifactType: 'application/vnd.example+json',
      config: {
        mediaType: 'application/vnd.example.config',
        digest: image.config.digest,
        size: image.config.sizeBytes,
      },
      layers: [{ mediaType: 'text/plain', ...layer }],
      subject: { mediaType: MEDIA_TYPES.ociManifest, digest: image.digest, size: 1 },
    });
    const inner = await putRawManifest(at, MEDIA_TYPES.ociIndex, { manifests: [artifact] });
    await putRawManifest(at, MEDIA_TYPES.ociIndex, { manifests: [inner, artifact] }, 'nested');
    const result = await relay.copy([source, 'app:nested'], [target, 'nested:v1'], { platform: 'all' });
    expect(result.targetDigest).toBe(await digestOf(sourceRegistry, 'app', 'nested'));
    for (const { digest } of [artifact, inner]) {
      expect(await digestOf(targetRegistry, 'nested', digest)).toBe(digest);
    }
  });

  it('copies an index that names blobs, as build caches do', async () => {
    const [layer] = image.layers.map(({ digest, mediaType, sizeBytes }) => ({
      digest,
      mediaType,
      size: sizeBytes,
    }));
    const config = { digest: image.config.digest, size: image.config.sizeBytes };
    const manifests = [layer, { ...config, mediaType: 'application/vnd.buildkit.cacheconfig.v0' }];
    const cache = await putRawManifest(
      [sourceRegistry, 'app'],
      MEDIA_TYPES.ociIndex,
      { manifests },
      'buildcache',
    );
    await relay.copy([source, 'app:buildcache'], [target, 'buildcache:v1'], { platform: 'all' });
    expect(await digestOf(targetRegistry, 'buildcache', 'v1')).toBe(cache.digest);
    for (const { digest } of [image.config, ...image.layers.slice(0, 1)]) {
      const held = await fetch(`${targetRegistry.url}/v2/buildcache/blobs/${digest}`, { method: 'HEAD' });
      expect(held.status).toBe(200);
    }
  });

  it.each([
    ['404 MANIFEST_UNKNOWN, as distribution 3 and Harbor', 404, 'MANIFEST_UNKNOWN'],
    ['400 MANIFEST_BLOB_UNKNOWN', 400, 'MANIFEST_BLOB_UNKNOWN'],
    ['400 MANIFEST_INVALID', 400, 'MANIFEST_INVALID'],
  ])(
    'says of a build cache that is refused by %s what it is, not that content was lost',
    async (_, status, code) => {
      const layers = image.layers.map(({ digest, mediaType, sizeBytes }) => ({
        digest,
        mediaType,
        size: sizeBytes,
      }));
      const at = [sourceRegistry, 'app'] as const;
      await putRawManifest(at, MEDIA_TYPES.ociIndex, { manifests: layers }, 'refused-cache');
      const body = JSON.stringify({ errors: [{ code, message: 'unknown to registry' }] });
      const headers = { 'content-type': 'application/json' };
      const refused = target.inject({ method: 'PUT', kind: 'manifest', status, headers, body });
      const to = [target, `refused-cache-${code.toLowerCase()}:v1`] as const;
      const error = await relay.fail([source, 'app:refused-cache'], to, { platform: 'all' });
      refused.remove();
      expect(error).toMatchObject({
        code: 'MEDIA_TYPE_UNSUPPORTED',
        side: 'target',
        httpStatus: status,
        message: expect.stringContaining(code),
        hint: expect.stringContaining('image-manifest=true'),
      });
    },
  );

  it('asks each repository once to mount where the registry refuses, and goes on with the upload it opened', async () => {
    // docker-registry opens an upload where the repository named does not hold the blob.
    const blobIndex = {
      holders: async (_: string, digests: readonly Digest[]) =>
        new Map(digests.map((digest) => [digest, ['nobody/has-it']])),
      add: async () => undefined,
      drop: async () => undefined,
    };
    await using misled = new RelayUnderTest(await directRelay.open({}, { logger: silentLogger, blobIndex }));
    const requests = await requestsOf(() => misled.copy([source, 'app:v1'], [target, 'opened:v1']));
    expect(requests.target).toEqual({
      'HEAD manifest': 1,
      'POST upload': 3,
      'PUT upload': 3,
      'PUT manifest': 1,
    });
  });

  it('stops asking for mounts that are refused, and lets nobody wait for them', async () => {
    const refused = target.inject({ method: 'POST', path: /mount=/, status: 405 });
    const names = Array.from({ length: 8 }, (_, position) => `refused/r${position}:v1`);
    const requests = await requestsOf(async () => {
      for (const name of names) await relay.copy([source, 'app:v1'], [target, name]);
    });
    refused.remove();
    expect(refused.hits).toBeLessThan(10);
    expect(requests.target).toMatchObject({ 'PUT upload': 24, 'PUT manifest': 8 });
    expect(target.requests.count({ method: 'POST', kind: 'upload' })).toBe(24 + refused.hits);
  });

  it('tells the fleet what the target holds, and uses what the fleet tells', async () => {
    const told = new Map<Digest, string[]>();
    const blobIndex = {
      holders: async () => told,
      add: async (_: string, repository: string, digests: readonly Digest[]) => {
        for (const digest of digests) told.set(digest, [repository]);
      },
      drop: async () => undefined,
    };
    const open = async () =>
      new RelayUnderTest(await directRelay.open({}, { logger: silentLogger, blobIndex }));
    await using first = await open();
    await first.copy([source, 'app:v1'], [target, 'fleet/from:v1']);
    await using second = await open();
    const requests = await requestsOf(() => second.copy([source, 'app:v1'], [target, 'fleet/to:v1']));
    expect(requests.target).toEqual({ 'HEAD manifest': 1, 'POST upload': 3, 'PUT manifest': 1 });
  });

  it('tells how far it is', async () => {
    const seen: CopyProgress[] = [];
    const onProgress = (progress: CopyProgress): number => seen.push(progress);
    const result = await relay.copy([source, 'app:v1'], [target, 'progress:v1'], { onProgress });
    const sizeBytes = [image.config, ...image.layers].reduce((sum, blob) => sum + blob.sizeBytes, 0);
    expect(result.bytesCopied).toBe(sizeBytes);
    expect(seen.at(-1)).toEqual({ bytesDone: sizeBytes, bytesCopied: sizeBytes, bytesTotal: sizeBytes });
  });
});
