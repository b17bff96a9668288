import {
  type CountingProxy,
  countingProxy,
  digestOf,
  type MadeImage,
  makeImage,
  pullEverything,
  pushImage,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { localPlatform, MEDIA_TYPES, type Side, silentLogger } from '@regfleet/model';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RelayUnderTest } from '../relay.fixture.ts';
import { directRelay } from './definition.ts';
import { putRawManifest, type RawDescriptor } from './raw-manifest.fixture.ts';

type Fault = Parameters<CountingProxy['inject']>[0];

const LAYER = { method: 'GET', kind: 'blob' } as const;
const MANIFEST = { method: 'GET', kind: 'manifest' } as const;
const json = { 'content-type': MEDIA_TYPES.ociManifest };

// As docker-registry words it.
const DISK_FULL = {
  headers: { 'content-type': 'application/json' },
  body: '{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{"DriverName":"filesystem","Enclosed":{"Op":"write","Path":"/images","Err":28}}}]}',
};

const FAULTS: readonly (readonly [string, Side, Fault, string])[] = [
  [
    'a truncated manifest',
    'source',
    { ...MANIFEST, status: 200, headers: json, body: '{"schem' },
    'MANIFEST_INVALID',
  ],
  [
    'a manifest that is HTML',
    'source',
    { ...MANIFEST, status: 200, headers: json, body: '<html>' },
    'MANIFEST_INVALID',
  ],
  [
    'a manifest of an unknown media type',
    'source',
    { ...MANIFEST, status: 200, headers: { 'content-type': 'application/vnd.strange+json' }, body: '{}' },
    'MEDIA_TYPE_UNSUPPORTED',
  ],
  [
    'a web page',
    'source',
    { ...MANIFEST, status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
    'RESPONSE_INVALID',
  ],
  ['a blob that ends early every time', 'source', { ...LAYER, cutAfterBytes: 0 }, 'STREAM_TRUNCATED'],
  [
    'a blob that is too long',
    'source',
    { ...LAYER, status: 200, body: 'x'.repeat(10_000) },
    'DIGEST_MISMATCH',
  ],
  [
    'a redirect that leads to itself',
    'source',
    { ...LAYER, status: 307, headers: { location: `/v2/app/blobs/sha256:${'0'.repeat(64)}` } },
    'REDIRECT_REFUSED',
  ],
  ['a blob that is gone', 'source', { ...LAYER, status: 404 }, 'BLOB_UNKNOWN'],
  ['a refused blob', 'source', { ...LAYER, status: 403 }, 'DENIED'],
  ['403 where 404 is meant', 'target', { kind: 'manifest', status: 403 }, 'DENIED'],
  ['a refused upload', 'target', { method: 'POST', kind: 'upload', status: 403 }, 'DENIED'],
  [
    'an upload that is too large',
    'target',
    { method: 'PUT', kind: 'upload', status: 413 },
    'UPLOAD_TOO_LARGE',
  ],
  ['a full quota', 'target', { method: 'PUT', kind: 'upload', status: 507 }, 'STORAGE_FULL'],
  ['a full disk', 'target', { method: 'PUT', kind: 'upload', status: 500, ...DISK_FULL }, 'STORAGE_FULL'],
  ['a refused manifest', 'target', { method: 'PUT', kind: 'manifest', status: 403 }, 'DENIED'],
];

describe('relay/direct/faults', () => {
  let sourceRegistry: TestRegistry;
  let targetRegistry: TestRegistry;
  let source: CountingProxy;
  let target: CountingProxy;
  let relay: RelayUnderTest;
  let image: MadeImage;

  beforeAll(async () => {
    [sourceRegistry, targetRegistry] = await Promise.all([startRegistry(), startRegistry()]);
    [source, target] = await Promise.all([countingProxy(sourceRegistry), countingProxy(targetRegistry)]);
    image = makeImage({ layers: ['of the image'] });
    await pushImage(sourceRegistry, 'app', 'v1', image);
  });

  afterAll(async () => {
    await Promise.all([source, target].map((proxy) => proxy?.stop()));
    await Promise.all([sourceRegistry, targetRegistry].map((registry) => registry?.stop()));
  });

  beforeEach(async () => {
    relay = new RelayUnderTest(await directRelay.open({}, { logger: silentLogger }));
  });

  afterEach(() => relay[Symbol.asyncDispose]());

  async function expectFailure(side: Side, fault: Fault, code: string): Promise<void> {
    const repository = `fault-${crypto.randomUUID()}`;
    const before = await pushImage(targetRegistry, repository, 'v1', { layers: ['from before'] });
    const proxy = side === 'source' ? source : target;
    const injected = proxy.inject(fault);
    // Planned with another digest, the source's manifest is read without a HEAD before.
    const request = { sourceDigest: before.config.digest };
    const error = await relay.fail([source, 'app:v1'], [target, `${repository}:v1`], { request });
    injected.remove();
    expect(error).toMatchObject({ code, side, registry: proxy.host });
    expect(error.reference).toContain(
      side === 'source' ? `${source.host}/app` : `${target.host}/${repository}`,
    );
    expect(await digestOf(targetRegistry, repository, 'v1')).toBe(before.digest);
  }

  it.each(FAULTS)('reports %s at the %s and leaves the tag as it was', async (_, side, fault, code) => {
    await expectFailure(side, fault, code);
  });

  it('reports content that is not what its digest says at the source', async () => {
    const layer = image.layers[0];
    const path = new RegExp(String(layer?.digest));
    const body = 'x'.repeat(layer?.sizeBytes ?? 0);
    await expectFailure('source', { ...LAYER, path, status: 200, body }, 'DIGEST_MISMATCH');
  });

  it('ends with an index that names itself', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const mediaType = MEDIA_TYPES.ociIndex;
    const entry = { mediaType, digest, size: 1, platform: localPlatform() };
    const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [entry] });
    const fault = { ...MANIFEST, status: 200, headers: { 'content-type': mediaType }, body };
    await expectFailure('source', fault, 'DIGEST_MISMATCH');
  });

  it('refuses indexes that are nested without end', async () => {
    const at = [sourceRegistry, 'app'] as const;
    const platform = localPlatform();
    let child: RawDescriptor = {
      mediaType: image.mediaType,
      digest: image.digest,
      size: image.bytes.byteLength,
    };
    for (let depth = 0; depth < 10; depth += 1) {
      child = await putRawManifest(at, MEDIA_TYPES.ociIndex, { manifests: [{ ...child, platform }] }, 'deep');
    }
    const whole = await relay.fail([source, 'app:deep'], [target, 'deep:v1'], { platform: 'all' });
    const one = await relay.fail([source, 'app:deep'], [target, 'deep:v1']);
    expect(whole).toMatchObject({ code: 'MANIFEST_INVALID', side: 'source' });
    expect(one).toMatchObject({ code: 'MANIFEST_INVALID', side: 'source' });
  });

  it('tells the digest under which a target keeps what it has converted', async () => {
    const converted = makeImage({ layers: ['as the target rewrote it'] }).digest;
    const headers = { 'docker-content-digest': converted };
    const conversion = target.inject({ method: 'PUT', kind: 'manifest', headers });
    const result = await relay.copy([source, 'app:v1'], [target, 'converted:v1']);
    conversion.remove();
    expect(result).toMatchObject({ outcome: 'copied', sourceDigest: image.digest, targetDigest: converted });
  });

  it('copies, and sees what is in sync, where HEAD of manifests is refused', async () => {
    const fault = { method: 'HEAD', kind: 'manifest', status: 403 } as const;
    const faults = [source.inject(fault), target.inject(fault)];
    const copy = () => relay.copy([source, 'app:v1'], [target, 'no-head:v1']);
    expect(await copy()).toMatchObject({ outcome: 'copied', targetDigest: image.digest });
    expect(await copy()).toMatchObject({ outcome: 'unchanged', targetDigest: image.digest });
    for (const injected of faults) injected.remove();
  });

  it.each<[string, Partial<Fault>]>([
    ['answers 403', { status: 403 }],
    ['answers 405', { status: 405 }],
    ['answers 500', { status: 500, times: 3 }],
    ['leads to a store that refuses it', { status: 307, headers: { location: '/v2/no/such-store' } }],
  ])('sends the blobs where HEAD of a blob %s', async (title, fault) => {
    const refused = target.inject({ method: 'HEAD', kind: 'blob', ...fault });
    const store = target.inject({ path: /such-store/, status: 403 });
    const repository = `no-blob-head/${title.replaceAll(' ', '-')}`;
    await relay.copy([source, 'app:v1'], [target, `${repository}:v1`]);
    refused.remove();
    store.remove();
    expect(refused.hits).toBeGreaterThan(0);
    expect((await pullEverything(targetRegistry, repository, 'v1')).digest).toBe(image.digest);
  });

  it.each([
    ['400', { status: 400 }, 8],
    ['500', { status: 500 }, 8],
    ['503 for a minute', { status: 503, headers: { 'retry-after': '60' } }, 8],
    ['a cut', { cutRequestAfterBytes: 0 }, 16],
  ])('uploads where mounts are answered by %s, and remembers', async (title, fault, most) => {
    const to = `mount/to-${title.replaceAll(' ', '-')}`;
    await relay.copy([source, 'app:v1'], [target, `${to}/from:v1`]);
    const refusal = target.inject({ method: 'POST', path: /mount=/, ...fault });
    for (let copies = 1; copies <= 6; copies += 1) {
      const result = await relay.copy([source, 'app:v1'], [target, `${to}/${copies}:v1`]);
      expect(await digestOf(targetRegistry, `${to}/${copies}`, 'v1')).toBe(result.targetDigest);
    }
    refusal.remove();
    expect(refusal.hits).toBeGreaterThan(0);
    // Twelve blobs go.
    expect(refusal.hits).toBeLessThan(most);
  });

  it('lets others bring a blob whose first bringer was aborted', async () => {
    const stall = source.inject({
      ...LAYER,
      held: true,
      times: 1,
      path: new RegExp(String(image.layers[0]?.digest)),
    });
    const abort = new AbortController();
    const first = relay.copy([source, 'app:v1'], [target, 'handover:v1'], { signal: abort.signal });
    const failure = expect(first).rejects.toThrow('enough');
    const second = relay.copy([source, 'app:v1'], [target, 'handover:v2']);
    await expect.poll(() => stall.hits).toBe(1);
    abort.abort(new Error('enough'));
    await failure;
    expect(await second).toMatchObject({ outcome: 'copied', targetDigest: image.digest });
    stall.remove();
  });

  it('refuses a target digest that the image does not have, before anything is sent', async () => {
    const other = makeImage({ layers: ['of another image'] }).digest;
    const error = await relay.fail([source, `app@${image.digest}`], [target, `wrong@${other}`]);
    expect(error).toMatchObject({ code: 'REFERENCE_INVALID', side: 'target' });
    expect(await digestOf(targetRegistry, 'wrong', image.digest)).toBeUndefined();
  });
});
