import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pushImage, pushIndex } from '../images/push.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { RegistryEndpoint } from './endpoint.ts';
import { digestOf, listTags, pullEverything } from './read.ts';
import { skopeoDigest } from './skopeo.ts';
import { startRegistry } from './test-registry.ts';

const recipe = { layers: ['base', { sizeBytes: 300_000, seed: 1 }] };
const htpasswd = { username: 'user', password: 'p%"\\: ä' };

async function expectToHoldImages(registry: RegistryEndpoint): Promise<void> {
  const image = await pushImage(registry, 'team/app', '1', recipe);
  const index = await pushIndex(registry, 'team/app', 'all', {
    images: [recipe, { ...recipe, platform: { os: 'linux', architecture: 's390x' } }],
  });
  expect(await listTags(registry, 'team/app')).toEqual(['1', 'all']);
  expect(await skopeoDigest(registry, 'team/app', '1')).toBe(image.digest);
  expect((await pullEverything(registry, 'team/app', 'all')).manifests).toHaveLength(3);
  expect(await digestOf(registry, 'team/app', index.digest)).toBe(index.digest);
}

describe('harness/registry/test-registry', () => {
  it.each([
    ['plain', {}],
    ['with TLS', { tls: true }],
    ['with client certificates', { clientCertificate: true }],
    ['with passwords', { htpasswd }],
    ['with TLS and passwords', { tls: true, htpasswd }],
  ])('holds images, %s', async (_title, options) => {
    await using registry = await startRegistry(options);
    await expectToHoldImages(registry);
  });

  it('refuses those who lack what it demands', async () => {
    await using guarded = await startRegistry({ htpasswd });
    await expect(listTags({ url: guarded.url }, 'a')).rejects.toThrow('401');
    const credentials = { ...htpasswd, password: 'wrong' };
    await expect(listTags({ url: guarded.url, credentials }, 'a')).rejects.toThrow('401');
    await using certified = await startRegistry({ clientCertificate: true });
    const withoutCertificate = { url: certified.url, tls: { ca: certified.tls?.ca ?? '' } };
    await expect(listTags(withoutCertificate, 'a')).rejects.toThrow();
  });

  it('lays out certificates per host, with and without port', async () => {
    await using registry = await startRegistry({ clientCertificate: true });
    const hosts = ['127.0.0.1', registry.host, 'localhost'];
    expect((await readdir(registry.certsDir)).sort()).toEqual(hosts);
    for (const host of hosts) {
      const files = await readdir(join(registry.certsDir, host));
      expect(files.sort()).toEqual(['ca.crt', 'client.cert', 'client.key']);
    }
    const ca = await readFile(join(registry.certsDir, '127.0.0.1', 'ca.crt'), 'utf8');
    expect(ca).toBe(registry.tls?.ca);
  });

  it('keeps its images over a kill', async () => {
    await using registry = await startRegistry();
    const { digest } = await pushImage(registry, 'a', '1', recipe);
    await registry.kill();
    await registry.restart();
    expect(await digestOf(registry, 'a', '1')).toBe(digest);
  });

  it('only shows what another has written when it is read-only', async () => {
    await using folder = await temporaryFolder();
    await using writer = await startRegistry({ dir: folder.path });
    const { digest } = await pushImage(writer, 'a', '1', recipe);
    await using reader = await startRegistry({ dir: folder.path, readOnly: true });
    expect(await digestOf(reader, 'a', '1')).toBe(digest);
    await expect(pushImage(reader, 'a', '2', recipe)).rejects.toThrow('405');
  });

  it('limits the pages of its catalog', async () => {
    await using registry = await startRegistry({ pageLimit: 2 });
    for (const repository of ['a', 'b', 'c']) await pushImage(registry, repository, '1', recipe);
    const answer = await fetch(`${registry.url}/v2/_catalog`);
    expect(await answer.json()).toEqual({ repositories: ['a', 'b'] });
    expect(answer.headers.get('link')).toContain('last=b');
  });
});
