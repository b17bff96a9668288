import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, listTags, pullEverything, readManifest } from '../registry/read.ts';
import { startRegistry } from '../registry/test-registry.ts';
import { countingProxy } from '../servers/counting-proxy.ts';
import { fillRegistry } from './fill.ts';
import { makeIndex } from './image-index.ts';
import { pushImage, pushIndex } from './push.ts';

describe('harness/images/push', () => {
  it('sends every blob once, and mounts it in other repositories', async () => {
    await using registry = await startRegistry();
    await using proxy = await countingProxy(registry);
    await fillRegistry(proxy, [
      { repository: 'a', tags: ['1', '2'], image: (tag) => ({ layers: ['shared', tag] }) },
      { repository: 'b', tags: ['1'], image: () => ({ layers: ['shared', '1'] }) },
    ]);
    // Of a: two configs and three layers are sent. Of b: one config and two layers are mounted.
    expect(proxy.requests.count({ method: 'PUT', kind: 'upload' })).toBe(5);
    expect(proxy.requests.count({ method: 'POST', kind: 'upload', path: /mount=/ })).toBe(3);
    await pullEverything(registry, 'b', '1');
  });

  it('fills repositories with many tags, and tells their digests', async () => {
    await using registry = await startRegistry();
    const tags = Array.from({ length: 120 }, (_, number) => `v${number}`);
    const filled = await fillRegistry(registry, [{ repository: 'team/app', tags }]);
    expect(await listTags(registry, 'team/app')).toEqual([...tags].sort());
    expect(new Set(filled.map((one) => one.digest)).size).toBe(120);
    expect(filled[77]).toEqual({
      repository: 'team/app',
      tag: 'v77',
      digest: await digestOf(registry, 'team/app', 'v77'),
    });
  });

  it('pushes an index and its images', async () => {
    await using registry = await startRegistry();
    const index = makeIndex([
      { layers: ['x'], format: 'oci' },
      { layers: ['x'], format: 'oci', platform: { os: 'linux', architecture: 'riscv64' } },
    ]);
    await pushIndex(registry, 'a', '1', index);
    expect(Buffer.from((await readManifest(registry, 'a', '1')).bytes)).toEqual(Buffer.from(index.bytes));
    expect((await pullEverything(registry, 'a', '1')).manifests).toHaveLength(3);
  });
});

describe('harness/registry/read', () => {
  it('knows no tags and no digest of what is not there', async () => {
    await using registry = await startRegistry();
    expect(await listTags(registry, 'nothing')).toEqual([]);
    expect(await digestOf(registry, 'nothing', '1')).toBeUndefined();
    await expect(readManifest(registry, 'nothing', '1')).rejects.toThrow('MANIFEST_UNKNOWN');
  });

  it('notices a layer that is missing', async () => {
    await using registry = await startRegistry();
    const image = await pushImage(registry, 'a', '1', { layers: ['x'] });
    const hex = image.layers[0]?.digest.slice('sha256:'.length) ?? '';
    const blob = join(registry.dir, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex);
    await rm(blob, { recursive: true });
    await expect(pullEverything(registry, 'a', '1')).rejects.toThrow(hex);
  });
});
