import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import {
  type Exchange,
  makeImage,
  pushImage,
  scriptedRegistry,
  startRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { TrustStore } from './trust-store.ts';

const IMAGE = makeImage({ layers: ['one'] });

const found = {
  status: 200,
  headers: { 'docker-content-digest': IMAGE.digest, 'content-type': IMAGE.mediaType },
};
const head = (response: Exchange['response']): Exchange => ({ method: 'HEAD', path: /manifests/, response });

describe('registry/http/trust-store', () => {
  it('trusts an authority as soon as its certificate is there, without a restart', async () => {
    await using registry = await startRegistry({ tls: true });
    await pushImage(registry, 'team/app', '1.0', IMAGE);
    await using folder = await temporaryFolder();
    const clock = { aheadMs: 0 };
    await using scenario = testRegistries({ now: () => Date.now() + clock.aheadMs });
    const client = scenario.connect({ host: registry.host, certsDir: folder.path });
    await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'TLS_FAILED',
      hint: expect.stringContaining('ca.crt'),
      reference: `${registry.host}/team/app:1.0`,
    });
    await mkdir(join(folder.path, '127.0.0.1'));
    await writeFile(join(folder.path, '127.0.0.1', 'ca.crt'), registry.tls?.ca ?? '');
    clock.aheadMs = 60_000;
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });

  it('loads what hosts have in common once, and keeps of each host only what its files say', async () => {
    await using folder = await temporaryFolder();
    const [own, aside] = [join(folder.path, 'own', 'ca.crt'), join(folder.path, 'aside')];
    await mkdir(join(folder.path, 'own'));
    await writeFile(own, getCACertificates('bundled')[0] ?? '');
    const store = new TrustStore();
    const plain = await store.of(folder.path, ['a', 'a:5000']);
    expect(await store.of(folder.path, ['b'])).toBe(plain);
    const trust = await store.of(folder.path, ['own:5000', 'own']);
    expect(await store.of(folder.path, ['own:5000', 'own'])).toBe(trust);
    expect(await store.of(folder.path, ['own'])).toBe(trust);
    await rename(own, aside);
    for (const names of [['own:5000', 'own'], ['own']]) {
      expect(await store.of(folder.path, names)).toBe(plain);
    }
    await rename(aside, own);
    const loadedAnew = await store.of(folder.path, ['own']);
    expect(loadedAnew.stamp).toBe(trust.stamp);
    expect(loadedAnew).not.toBe(trust);
  });

  it('does not fall back to plain HTTP because a certificate is not trusted', async () => {
    await using registry = await scriptedRegistry([], { tls: true });
    await using scenario = testRegistries();
    await expect(scenario.connect(registry).ping()).rejects.toMatchObject({ code: 'TLS_FAILED' });
    expect(scenario.requests()).toEqual(['GET error']);
  });

  it('verifies nothing where the operator waived it', async () => {
    await using registry = await scriptedRegistry([head(found)], { tls: true });
    await using scenario = testRegistries();
    const client = scenario.connect(registry, { tls: { skipVerify: true, certsDir: '/does/not/exist' } });
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });

  it('says that a client certificate is missing, or its key', async () => {
    await using registry = await startRegistry({ clientCertificate: true });
    await using folder = await temporaryFolder();
    const hostFolder = join(folder.path, registry.host);
    await mkdir(hostFolder);
    await writeFile(join(hostFolder, 'ca.crt'), registry.tls?.ca ?? '');
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, certsDir: folder.path });
    await expect(client.ping()).rejects.toMatchObject({
      hint: expect.stringContaining('client certificate'),
    });
    await writeFile(join(hostFolder, 'client.cert'), registry.tls?.cert ?? '');
    await using second = testRegistries();
    const half = second.connect({ host: registry.host, certsDir: folder.path });
    await expect(half.ping()).rejects.toMatchObject({
      code: 'TLS_FAILED',
      hint: expect.stringContaining('client.key'),
    });
    await rm(hostFolder, { recursive: true });
  });
});
