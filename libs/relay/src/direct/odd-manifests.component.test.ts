import { createHash } from 'node:crypto';
import {
  type Exchange,
  makeImage,
  pushImage,
  type ScriptedRegistry,
  scriptedRegistry,
  startRegistry,
} from '@regfleet/harness';
import { MEDIA_TYPES, silentLogger } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayUnderTest } from '../relay.fixture.ts';
import { directRelay } from './definition.ts';
import { putRawManifest } from './raw-manifest.fixture.ts';

const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const CONFIG = Buffer.from('{"architecture":"amd64","os":"linux"}');
const LAYER = Buffer.from('what a layer holds');
const blob = (bytes: Uint8Array, more: object = {}) => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar',
  digest: digestOf(bytes),
  size: bytes.byteLength,
  ...more,
});

const document = (mediaType: string, content: object) => ({ mediaType, text: JSON.stringify(content) });

const IMAGE = document(MEDIA_TYPES.ociManifest, {
  schemaVersion: 2,
  mediaType: '',
  config: blob(CONFIG, { mediaType: '', urls: null, annotations: null }),
  layers: [blob(LAYER, { mediaType: '', urls: null, data: '' })],
  subject: null,
  annotations: null,
});
const PLATFORM = { os: 'linux', architecture: 's390x' };
const entry = { mediaType: '', digest: digestOf(IMAGE.text), size: IMAGE.text.length };
const INDEX = document(MEDIA_TYPES.ociIndex, {
  schemaVersion: 2,
  mediaType: '',
  manifests: [
    { ...entry, digest: digestOf('not asked for'), platform: null },
    { ...entry, urls: null, platform: { ...PLATFORM, variant: '', 'os.features': null } },
  ],
  config: null,
  layers: null,
});

/** Holds one image under the tag `v1`, whatever it looks like. */
const holding = (...documents: readonly { mediaType: string; text: string }[]): Exchange[] => [
  ...documents.flatMap(({ mediaType, text }, position): Exchange[] => {
    const path = new RegExp(`/manifests/(${position === 0 ? 'v1|' : ''}${digestOf(text)})$`);
    const headers = { 'content-type': mediaType, 'docker-content-digest': digestOf(text) };
    const response = { status: 200, headers, body: text };
    return ['HEAD', 'GET'].map((method) => ({ method, path, times: 'any', response }));
  }),
  ...[CONFIG, LAYER].map(
    (bytes): Exchange => ({
      method: 'GET',
      path: `/v2/a/blobs/${digestOf(bytes)}`,
      times: 'any',
      response: { status: 200, body: bytes },
    }),
  ),
];

describe('relay/direct/odd-manifests', () => {
  let target: ScriptedRegistry;
  let relay: RelayUnderTest;
  const stored = new Map<string, string>();
  const store = (name: string, body: Uint8Array) => {
    stored.set(name, Buffer.from(body).toString());
    return { status: 201 };
  };

  beforeAll(async () => {
    const upload = { location: '/v2/a/blobs/uploads/1' };
    target = await scriptedRegistry([
      { method: 'HEAD', path: /./, times: 'any', response: { status: 404 } },
      { method: 'POST', path: /uploads/, times: 'any', response: { status: 202, headers: upload } },
      {
        method: 'PUT',
        path: /./,
        times: 'any',
        response: ({ url, headers, body }) => {
          const isManifest = url.pathname.includes('/manifests/');
          const name = `${url.pathname.split('/').at(-1)} ${headers['content-type']}`;
          return store(isManifest ? name : (url.searchParams.get('digest') ?? ''), body);
        },
      },
    ]);
    relay = new RelayUnderTest(await directRelay.open({}, { logger: silentLogger }));
  });

  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]();
    await target?.stop();
  });

  it.each<[string, ReturnType<typeof document>, readonly Uint8Array[]]>([
    ['an image with nulls and empty texts', IMAGE, [CONFIG, LAYER]],
    [
      'an image without layers',
      document(MEDIA_TYPES.dockerManifest, { schemaVersion: 2, config: blob(CONFIG) }),
      [CONFIG],
    ],
    [
      'an image whose layers are null',
      document(MEDIA_TYPES.ociManifest, { schemaVersion: 2, config: blob(CONFIG), layers: null }),
      [CONFIG],
    ],
    [
      'an index whose manifests are null',
      document(MEDIA_TYPES.ociIndex, { schemaVersion: 2, manifests: null }),
      [],
    ],
    [
      'an artifact manifest',
      document(MEDIA_TYPES.ociArtifact, { mediaType: MEDIA_TYPES.ociArtifact, blobs: [blob(LAYER)] }),
      [LAYER],
    ],
  ])('copies %s verbatim', async (title, made, blobs) => {
    await using source = await scriptedRegistry(holding(made));
    const tag = title.replaceAll(' ', '-');
    const result = await relay.copy([source, 'a:v1'], [target, `a:${tag}`], { platform: 'all' });
    expect(result).toMatchObject({ outcome: 'copied', targetDigest: digestOf(made.text) });
    expect(stored.get(`${tag} ${made.mediaType}`)).toBe(made.text);
    for (const bytes of blobs) expect(stored.get(digestOf(bytes))).toBe(`${bytes}`);
  });

  it('copies an image without layers from one registry to another, and finds it unchanged', async () => {
    await using from = await startRegistry();
    await using to = await startRegistry();
    const image = makeImage({ layers: ['one'] });
    await pushImage(from, 'team/app', 'whole', image);
    const { mediaType, digest, sizeBytes: size } = image.config;
    const config = { mediaType, digest, size };
    const put = await putRawManifest(
      [from, 'team/app'],
      MEDIA_TYPES.ociManifest,
      { config, layers: null },
      'v1',
    );
    const copy = () => relay.copy([from, 'team/app:v1'], [to, 'team/app:v1']);
    expect(await copy()).toMatchObject({ outcome: 'copied', targetDigest: put.digest });
    expect(await copy()).toMatchObject({ outcome: 'unchanged' });
  });

  it('finds the image of a platform in an index with nulls and empty texts', async () => {
    await using source = await scriptedRegistry(holding(INDEX, IMAGE));
    const result = await relay.copy([source, 'a:v1'], [target, 'a:one'], { platform: 'linux/s390x' });
    expect(result).toMatchObject({ outcome: 'copied', targetDigest: digestOf(IMAGE.text) });
    expect(stored.get(`one ${IMAGE.mediaType}`)).toBe(IMAGE.text);
  });
});
