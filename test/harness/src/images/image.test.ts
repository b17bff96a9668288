import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { MEDIA_TYPES } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { makeImage } from './image.ts';
import { makeIndex } from './image-index.ts';

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const parse = (bytes: Uint8Array): Record<string, never> => JSON.parse(Buffer.from(bytes).toString());

describe('harness/images/image', () => {
  it('makes the same bytes from the same recipe', () => {
    const recipe = { layers: ['text', Uint8Array.of(1, 2, 3), { sizeBytes: 200_000, seed: 'a' }] };
    expect(makeImage(recipe).digest).toBe(makeImage(recipe).digest);
  });

  it('makes one layer of equal content and another of other content', () => {
    const image = makeImage({
      layers: ['same', 'same', { sizeBytes: 9, seed: 1 }, { sizeBytes: 9, seed: 2 }],
    });
    const digests = image.layers.map((layer) => layer.digest);
    expect(digests[0]).toBe(digests[1]);
    expect(new Set(digests).size).toBe(3);
  });

  it('gives layers that gunzip to the archive of their diff id', () => {
    for (const layer of makeImage({ layers: ['', 'text', { sizeBytes: 150_001, seed: 1 }] }).layers) {
      const archive = gunzipSync(layer.bytes());
      expect(sha256(archive)).toBe(layer.diffId);
      expect(archive.byteLength % 512).toBe(0);
      expect(layer.bytes().byteLength).toBe(layer.sizeBytes);
    }
  });

  it('describes config and layers in the manifest by digest and size', () => {
    const image = makeImage({ layers: ['one', 'two'] });
    const { config, layers, mediaType } = parse(image.bytes);
    expect(mediaType).toBe(MEDIA_TYPES.dockerManifest);
    expect(config).toMatchObject({ digest: sha256(image.config.bytes()), size: image.config.sizeBytes });
    expect(layers).toMatchObject(image.layers.map(({ digest, sizeBytes }) => ({ digest, size: sizeBytes })));
    expect(image.digest).toBe(sha256(image.bytes));
  });

  it('writes annotations and the platform where they are asked for', () => {
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
    const image = makeImage({ layers: [], format: 'oci', platform, annotations: { a: 'b' } });
    expect(parse(image.bytes)).toMatchObject({ mediaType: MEDIA_TYPES.ociManifest, annotations: { a: 'b' } });
    expect(parse(image.config.bytes())).toMatchObject(platform);
  });
});

describe('harness/images/image-index', () => {
  const amd64 = { os: 'linux', architecture: 'amd64' };
  const arm64 = { os: 'linux', architecture: 'arm64', variant: 'v8' };

  it('lists its images with their platforms', () => {
    const index = makeIndex([
      { layers: ['x'], platform: amd64 },
      { layers: ['x'], platform: arm64 },
    ]);
    const entries = index.images.map(({ digest, platform }) => ({ digest, platform }));
    expect(parse(index.bytes)).toMatchObject({ mediaType: MEDIA_TYPES.dockerIndex, manifests: entries });
    expect(entries.map((entry) => entry.platform)).toEqual([amd64, arm64]);
  });

  it('is an OCI index over OCI images', () => {
    expect(makeIndex([{ layers: [], format: 'oci' }]).mediaType).toBe(MEDIA_TYPES.ociIndex);
  });
});
