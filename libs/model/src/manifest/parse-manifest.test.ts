import { describe, expect, it } from 'vitest';
import { type Digest, parseDigest } from '../digest.ts';
import { type Manifest, MEDIA_TYPES } from './manifest.ts';
import { parseManifest } from './parse-manifest.ts';

const digest = (letter: string): Digest => parseDigest(`sha256:${letter.repeat(64)}`);

const blob = (letter: string, mediaType: string, more: object = {}): object => ({
  mediaType,
  digest: digest(letter),
  size: 3,
  ...more,
});

function manifest(json: unknown, mediaType: string = MEDIA_TYPES.ociManifest): Manifest {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  return { mediaType, digest: digest('f'), bytes: Buffer.from(text) };
}

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const image = {
  schemaVersion: 2,
  config: blob('c', 'application/vnd.oci.image.config.v1+json'),
  layers: [blob('a', LAYER), blob('b', LAYER), blob('a', LAYER)],
};

describe('model/manifest/parse-manifest', () => {
  it('lists config and layers, each once', () => {
    const parsed = parseManifest(manifest(image));
    expect(parsed).toMatchObject({
      kind: 'image',
      blobs: [{ digest: digest('c') }, { digest: digest('a') }, { digest: digest('b') }],
    });
  });

  it('tells manifests of an index from blobs by their media types', () => {
    const cache = {
      schemaVersion: 2,
      manifests: [
        blob('a', LAYER),
        blob('b', MEDIA_TYPES.ociManifest),
        blob('d', MEDIA_TYPES.dockerIndex),
        blob('e', 'application/vnd.docker.distribution.manifest.v1+prettyjws'),
        { digest: digest('0'), size: 3 },
        blob('c', 'application/vnd.buildkit.cacheconfig.v0'),
      ],
    };
    const parsed = parseManifest(manifest(cache, MEDIA_TYPES.ociIndex));
    expect(parsed).toMatchObject({
      kind: 'index',
      children: [
        { digest: digest('b') },
        { digest: digest('d') },
        { digest: digest('e') },
        { digest: digest('0') },
      ],
      blobs: [{ digest: digest('a') }, { digest: digest('c') }],
    });
  });

  it('takes any artifact: unknown types, the empty config, a subject, fields nobody knows', () => {
    const artifact = {
      schemaVersion: 2,
      artifactType: 'application/vnd.example.sbom',
      config: blob('c', 'application/vnd.oci.empty.v1+json', { data: 'e30=' }),
      layers: [blob('a', 'text/spdx', { annotations: { title: 'x' } })],
      subject: blob('d', MEDIA_TYPES.ociManifest),
      'x-new': true,
    };
    const parsed = parseManifest(manifest(artifact));
    expect(parsed).toMatchObject({ blobs: [{ digest: digest('c') }, { digest: digest('a') }] });
  });

  it.each([
    ['an image without layers', { layers: undefined }],
    ['an image whose layers are null', { layers: null, mediaType: '', manifests: null, annotations: null }],
  ])('takes %s for one that has none', (_, more) => {
    expect(parseManifest(manifest({ ...image, ...more }))).toMatchObject({
      kind: 'image',
      blobs: [{ digest: digest('c') }],
    });
  });

  it.each([
    ['missing', undefined],
    ['null', null],
  ])('takes an index whose manifests are %s for an empty one', (_, manifests) => {
    const empty = { schemaVersion: 2, mediaType: '', manifests, config: null, layers: null };
    expect(parseManifest(manifest(empty, MEDIA_TYPES.dockerIndex))).toEqual({
      kind: 'index',
      children: [],
      blobs: [],
    });
  });

  it.each([
    ['null', null],
    ['one of nothing', { mediaType: '', digest: '', size: 0 }],
  ])('takes a config that is %s for none', (_, config) => {
    const { blobs } = parseManifest(manifest({ ...image, config }));
    expect(blobs.map((blob) => blob.digest)).toEqual([digest('a'), digest('b')]);
  });

  it('takes empty texts and nulls of a descriptor for what was never set', () => {
    const nothing = { urls: null, annotations: null, data: '', artifactType: '' };
    const platform = { os: 'linux', architecture: '', variant: null, 'os.features': null };
    const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const layers = [
      blob('a', '', nothing),
      { ...blob('b', LAYER), mediaType: null },
      blob('d', foreign, nothing),
    ];
    expect(parseManifest(manifest({ ...image, layers })).blobs.slice(1)).toMatchObject([
      { mediaType: 'application/octet-stream', digest: digest('a') },
      { mediaType: 'application/octet-stream', digest: digest('b') },
      { mediaType: foreign, digest: digest('d') },
    ]);
    const manifests = [blob('a', '', { ...nothing, platform }), blob('b', '', { platform: null })];
    expect(parseManifest(manifest({ schemaVersion: 2, manifests }, MEDIA_TYPES.ociIndex))).toEqual({
      kind: 'index',
      children: [
        {
          mediaType: 'application/octet-stream',
          digest: digest('a'),
          sizeBytes: 3,
          platform: { os: 'linux' },
        },
        { mediaType: 'application/octet-stream', digest: digest('b'), sizeBytes: 3 },
      ],
      blobs: [],
    });
  });

  it.each([
    ['its blobs', [blob('a', 'text/spdx'), blob('b', 'text/spdx')], [digest('a'), digest('b')]],
    ['nothing where it has none', null, []],
  ])('lists of an artifact manifest, which has neither config nor version, %s', (_, blobs, expected) => {
    const { ociArtifact } = MEDIA_TYPES;
    const artifact = { mediaType: ociArtifact, artifactType: 'application/vnd.example.sbom', blobs };
    const parsed = parseManifest(manifest(artifact, ociArtifact));
    expect(parsed).toMatchObject({ kind: 'image', blobs: expected.map((held) => ({ digest: held })) });
  });

  it.each([
    ['calls itself something else', MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest],
    ['is labelled as what nobody knows', 'binary/octet-stream', MEDIA_TYPES.ociManifest],
  ])('does not ask for another push of what %s', (_, label, mediaType) => {
    const failure = expect.objectContaining({
      message: expect.stringContaining(`it calls itself "${mediaType}" and the registry calls it "${label}"`),
      hint: expect.not.stringContaining('push'),
    });
    expect(() => parseManifest(manifest({ ...image, mediaType }, label))).toThrow(failure);
  });

  it('leaves out layers that clients fetch from elsewhere', () => {
    const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const layers = [
      blob('a', foreign, { urls: ['https://example/a'] }),
      blob('b', foreign),
      blob('d', LAYER, { urls: ['https://example/d'] }),
    ];
    const parsed = parseManifest(manifest({ ...image, layers }));
    expect(parsed).toMatchObject({
      blobs: [{ digest: digest('c') }, { digest: digest('b') }, { digest: digest('d') }],
    });
  });

  it('looks at nothing that urls say, and keeps none', () => {
    const foreign = 'application/vnd.oci.image.layer.nondistributable.v1.tar';
    const layers = [
      blob('a', foreign, { urls: [0] }),
      blob('b', foreign, { urls: 'nonsense' }),
      blob('d', LAYER, { urls: ['https://example/d'] }),
    ];
    const { blobs } = parseManifest(manifest({ ...image, layers }));
    expect(blobs.slice(1)).toEqual([
      { mediaType: foreign, digest: digest('b'), sizeBytes: 3 },
      { mediaType: LAYER, digest: digest('d'), sizeBytes: 3 },
    ]);
  });

  it('leaves out what no platform is called', () => {
    const platform = { os: 'linux', architecture: 'a'.repeat(300) };
    const manifests = [blob('a', MEDIA_TYPES.ociManifest, { platform })];
    const parsed = parseManifest(manifest({ schemaVersion: 2, manifests }, MEDIA_TYPES.ociIndex));
    expect(parsed).toMatchObject({ children: [{ platform: { os: 'linux' } }] });
    expect(Object.values(parsed).flat()[1]).not.toHaveProperty('platform.architecture');
  });

  it.each([
    ['what the registry calls it', manifest(image, `a/${'b'.repeat(10_000)}`)],
    ['what it calls itself', manifest({ ...image, mediaType: `a/${'b'.repeat(10_000)}` })],
  ])('tells the beginning of %s', (_, given) => {
    expect(() => parseManifest(given)).toThrow(/"a\/b+… \(10002 characters\)"/);
  });

  it('names the first of the descriptors that cannot be read', () => {
    const layers = [blob('a', LAYER), { ...blob('b', LAYER), size: -1 }, 0];
    expect(() => parseManifest(manifest({ ...image, layers }))).toThrow(/layers\.1\.size: /);
  });

  it('lists the children of an index with their platforms', () => {
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7', 'os.version': '1' };
    const manifests = [blob('a', MEDIA_TYPES.ociManifest, { platform }), blob('b', MEDIA_TYPES.ociIndex)];
    const parsed = parseManifest(manifest({ schemaVersion: 2, manifests }, MEDIA_TYPES.ociIndex));
    expect(parsed).toMatchObject({
      kind: 'index',
      children: [
        { digest: digest('a'), sizeBytes: 3, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
        { digest: digest('b') },
      ],
    });
  });

  it.each([
    ['an unknown media type', manifest(image, 'application/vnd.strange+json'), 'MEDIA_TYPE_UNSUPPORTED'],
    [
      'docker schema 1',
      manifest({ schemaVersion: 1 }, 'application/vnd.docker.distribution.manifest.v1+prettyjws'),
      'MEDIA_TYPE_UNSUPPORTED',
    ],
    ['truncated JSON', manifest('{"schemaVersion": 2, "config"'), 'MANIFEST_INVALID'],
    ['HTML', manifest('<html>'), 'MANIFEST_INVALID'],
    ['a manifest without a config', manifest({ ...image, config: undefined }), 'MANIFEST_INVALID'],
    ['what is no manifest at all', manifest({ errors: [{ code: 'UNKNOWN' }] }), 'MANIFEST_INVALID'],
    ['a short digest', manifest({ ...image, config: { digest: 'sha256:ab', size: 1 } }), 'MANIFEST_INVALID'],
    [
      'a media type that no tool writes',
      manifest({ ...image, config: blob('c', 'a'.repeat(2_000)) }),
      'MANIFEST_INVALID',
    ],
    ['an image that is an index too', manifest({ ...image, manifests: [] }), 'MANIFEST_INVALID'],
    [
      'an artifact that is an image too',
      manifest({ ...image, blobs: [] }, MEDIA_TYPES.ociArtifact),
      'MANIFEST_INVALID',
    ],
    [
      'an index that is an image too',
      manifest({ ...image, manifests: [] }, MEDIA_TYPES.ociIndex),
      'MANIFEST_INVALID',
    ],
    [
      'a document that calls itself something else',
      manifest({ ...image, mediaType: MEDIA_TYPES.dockerManifest }),
      'MANIFEST_INVALID',
    ],
  ])('refuses %s', (_, given, code) => {
    expect(() => parseManifest(given)).toThrow(expect.objectContaining({ code }));
  });
});
