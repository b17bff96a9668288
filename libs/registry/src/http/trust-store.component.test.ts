import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getCACertificates } from 'node:tls';
import {
  type Exchange,
  makeImage,
  pushImage,
  runCommand,
  scriptedRegistry,
  startRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
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
  it.each([
    ['', 0, 60_000],
    [', also after the clock was ahead', 30 * 24 * 3_600_000, 0],
  ])('trusts an authority as soon as its certificate is there, without a restart%s', async (...row) => {
    const [_title, firstAheadMs, thenAheadMs] = row;
    await using registry = await startRegistry({ tls: true });
    await pushImage(registry, 'team/app', '1.0', IMAGE);
    await using folder = await temporaryFolder();
    const clock = { aheadMs: firstAheadMs };
    await using scenario = testRegistries({ now: () => Date.now() + clock.aheadMs });
    const client = scenario.connect({ host: registry.host, certsDir: folder.path });
    await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'TLS_FAILED',
      hint: expect.stringContaining('ca.crt'),
      reference: `${registry.host}/team/app:1.0`,
    });
    await mkdir(join(folder.path, '127.0.0.1'));
    await writeFile(join(folder.path, '127.0.0.1', 'ca.crt'), registry.tls?.ca ?? '');
    clock.aheadMs = thenAheadMs;
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });

  it('lets hosts go that were not connected to in more than a day', async () => {
    await using folder = await temporaryFolder();
    const clock = { ms: 0 };
    const store = new TrustStore(silentLogger, () => clock.ms);
    const names = ['one', 'two', 'three'];
    for (const name of names) {
      await mkdir(join(folder.path, name));
      await writeFile(join(folder.path, name, 'ca.crt'), getCACertificates('bundled')[0] ?? '');
    }
    await store.of(folder.path, ['one'], 'unverified');
    await store.of(folder.path, ['two'], 'unverified');
    clock.ms += 25 * 3_600_000;
    await store.of(folder.path, ['three'], 'unverified');
    expect(store.size).toBe(1);
  });

  it('loads what hosts have in common once, and keeps of each host only what its files say', async () => {
    await using folder = await temporaryFolder();
    const [own, aside] = [join(folder.path, 'own', 'ca.crt'), join(folder.path, 'aside')];
    await mkdir(join(folder.path, 'own'));
    await writeFile(own, getCACertificates('bundled')[0] ?? '');
    const store = new TrustStore(silentLogger);
    const plain = await store.of(folder.path, ['a', 'a:5000'], 'verified');
    expect(await store.of(folder.path, ['b'], 'verified')).toBe(plain);
    const trust = await store.of(folder.path, ['own:5000', 'own'], 'verified');
    expect(await store.of(folder.path, ['own:5000', 'own'], 'verified')).toBe(trust);
    expect(await store.of(folder.path, ['own'], 'verified')).toBe(trust);
    await rename(own, aside);
    for (const names of [['own:5000', 'own'], ['own']]) {
      expect(await store.of(folder.path, names, 'verified')).toBe(plain);
    }
    await rename(aside, own);
    const loadedAnew = await store.of(folder.path, ['own'], 'verified');
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

  it('says that a client certificate is missing, or half of it', async () => {
    await using registry = await startRegistry({ clientCertificate: true });
    await using folder = await temporaryFolder();
    const hostFolder = join(folder.path, registry.host);
    await mkdir(hostFolder);
    await writeFile(join(hostFolder, 'ca.crt'), registry.tls?.ca ?? '');
    const ping = async () => {
      await using scenario = testRegistries();
      await scenario.connect({ host: registry.host, certsDir: folder.path }).ping();
    };
    await expect(ping()).rejects.toMatchObject({ hint: expect.stringContaining('client certificate') });
    await writeFile(join(hostFolder, 'client.cert'), registry.tls?.cert ?? '');
    await expect(ping()).rejects.toMatchObject({
      code: 'TLS_FAILED',
      hint: expect.stringContaining('client.key'),
    });
    await rename(join(hostFolder, 'client.cert'), join(hostFolder, 'client.key'));
    await expect(ping()).rejects.toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringContaining(join(hostFolder, 'client.key')),
      hint: expect.stringContaining('client.cert'),
    });
  });

  it('tells a client certificate that is refused from a registry that restarts', async () => {
    await using registry = await startRegistry({ clientCertificate: true });
    await using folder = await temporaryFolder();
    const certificate = join(folder.path, '127.0.0.1', 'client.cert');
    await mkdir(dirname(certificate));
    await writeFile(join(folder.path, '127.0.0.1', 'ca.crt'), registry.tls?.ca ?? '');
    const key = join(folder.path, '127.0.0.1', 'client.key');
    // By an authority of its own, which the registry does not know.
    const made = ['req', '-x509', '-days', '2', '-newkey', 'rsa:2048', '-noenc', '-subj', '/CN=stranger'];
    await runCommand(['openssl', ...made, '-out', certificate, '-keyout', key]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, certsDir: folder.path });
    await expect(client.ping()).rejects.toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringContaining(`refused the client certificate ${certificate}`),
    });
    await writeFile(certificate, registry.tls?.cert ?? '');
    await writeFile(key, registry.tls?.key ?? '');
    await using second = testRegistries();
    const accepted = second.connect({ host: registry.host, certsDir: folder.path });
    await accepted.ping();
    await registry.stop();
    await expect(accepted.ping()).rejects.toMatchObject({ code: 'NETWORK_FAILED' });
  });

  it('keeps to the last pair of files that fit together, while they are replaced', async () => {
    await using registry = await startRegistry({ clientCertificate: true });
    await using folder = await temporaryFolder();
    const hostFolder = join(folder.path, 'own');
    await mkdir(hostFolder);
    const { cert = '', key = '', ca = '' } = registry.tls ?? {};
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_fields: object, text: string) => warnings.push(text) };
    const store = new TrustStore(logger);
    await writeFile(join(hostFolder, 'client.cert'), ca);
    await writeFile(join(hostFolder, 'client.key'), key);
    await expect(store.of(folder.path, ['own'], 'verified')).rejects.toMatchObject({ code: 'TLS_FAILED' });
    await writeFile(join(hostFolder, 'client.cert'), cert);
    const good = await store.of(folder.path, ['own'], 'verified');
    await writeFile(join(hostFolder, 'client.cert'), ca);
    expect(await store.of(folder.path, ['own'], 'verified')).toBe(good);
    expect(await store.of(folder.path, ['own'], 'verified')).toBe(good);
    expect(warnings).toHaveLength(1);
    await writeFile(join(hostFolder, 'client.cert'), cert);
    expect((await store.of(folder.path, ['own'], 'verified')).clientCertificates).toEqual([
      join(hostFolder, 'client.cert'),
    ]);
  });
});
