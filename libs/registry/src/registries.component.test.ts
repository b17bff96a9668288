import {
  makeImage,
  pushImage,
  type Resource,
  readManifest,
  startRegistry,
  startTokenServer,
  type TestRegistry,
} from '@regfleet/harness';
import type { Location } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allPages, locationOf, readAll, testRegistries } from './registries.fixture.ts';

const USER = { username: 'robot', password: 'p"ass:wörd' };

const stopAfterwards: Resource[] = [];

const KINDS = {
  plain: () => startRegistry(),
  TLS: () => startRegistry({ tls: true }),
  'client certificate': () => startRegistry({ clientCertificate: true }),
  htpasswd: () => startRegistry({ htpasswd: USER }),
  token: async () => {
    const tokenServer = await startTokenServer({ users: [USER], expiresInSeconds: 60 });
    const registry = await startRegistry({ tokenServer });
    stopAfterwards.push(tokenServer);
    return registry;
  },
};

const IMAGE = makeImage({ layers: ['one', 'two'] });
const [LAYER] = IMAGE.layers;
if (LAYER === undefined) throw new Error('the image has a layer');

describe.each(Object.entries(KINDS))('registry/registries on a registry with %s', (_kind, start) => {
  let registry: TestRegistry;

  beforeAll(async () => {
    registry = await start();
    await pushImage(registry, 'team/source', '1.0', IMAGE);
  });
  afterAll(async () => {
    await registry.stop();
    await Promise.all(stopAfterwards.map((server) => server.stop()));
  });

  it('takes the credentials', async () => {
    await using scenario = testRegistries();
    await expect(scenario.connect(registry).ping()).resolves.toBeUndefined();
  });

  it('heads and gets manifests by tag and digest', async () => {
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    const { digest, mediaType, bytes } = IMAGE;
    const head = { digest, mediaType, sizeBytes: bytes.byteLength };
    expect(await client.headManifest('team/source', '1.0')).toEqual(head);
    expect(await client.headManifest('team/source', digest)).toEqual(head);
    expect(await client.headManifest('team/source', 'none')).toBeUndefined();
    expect(await client.headManifest('team/none', '1.0')).toBeUndefined();
    for (const name of ['1.0', digest]) {
      const manifest = await client.getManifest('team/source', name);
      expect(manifest).toMatchObject({ digest, mediaType });
      expect(Buffer.from(manifest.bytes).equals(bytes)).toBe(true);
    }
  });

  it('lists tags and repositories', async () => {
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    expect(await allPages(client.listTags('team/source'))).toEqual([['1.0']]);
    expect((await allPages(client.listRepositories())).flat()).toContain('team/source');
    await expect(allPages(client.listTags('team/none'))).rejects.toMatchObject({
      code: 'REPOSITORY_UNKNOWN',
      reference: `${registry.host}/team/none`,
    });
  });

  it('finds, mounts, gets and uploads blobs, and puts the manifest verbatim', async () => {
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    expect(await client.headBlob('team/target', LAYER.digest)).toBe(false);
    expect(await client.mountBlob('team/target', LAYER.digest, 'team/source')).toEqual({ kind: 'mounted' });
    expect(await client.headBlob('team/target', LAYER.digest)).toBe(true);
    for (const blob of [IMAGE.config, ...IMAGE.layers]) {
      let sentBytes = 0;
      const onBytes = (bytes: number): void => {
        sentBytes += bytes;
      };
      await client.uploadBlob('team/target', blob, () => client.getBlob('team/source', blob), { onBytes });
      expect(sentBytes).toBe(blob.sizeBytes);
      expect(await readAll(await client.getBlob('team/target', blob))).toEqual(Buffer.from(blob.bytes()));
    }
    expect(await client.putManifest('team/target', 'copied', IMAGE)).toBe(IMAGE.digest);
    const copied = await readManifest(registry, 'team/target', 'copied');
    expect(Buffer.from(copied.bytes).equals(IMAGE.bytes)).toBe(true);
  });

  it('continues an upload that a refused mount has opened', async () => {
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    const opened = await client.mountBlob('team/opened', LAYER.digest, 'team/nowhere');
    if (opened.kind !== 'upload-opened') throw new Error(`unexpected: ${opened.kind}`);
    const before = scenario.requests().length;
    await client.uploadBlob('team/opened', LAYER, () => client.getBlob('team/source', LAYER), opened);
    expect(scenario.requests().slice(before)).not.toContain('POST 202');
    expect(await client.headBlob('team/opened', LAYER.digest)).toBe(true);
  });

  it('tells what is missing by image', async () => {
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    await expect(client.getManifest('team/source', 'none')).rejects.toMatchObject({
      code: 'MANIFEST_UNKNOWN',
      registry: registry.host,
      reference: `${registry.host}/team/source:none`,
    });
    const blob = { ...LAYER, digest: IMAGE.digest };
    await expect(client.getBlob('team/none', blob)).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
  });
});

describe('registry/registries', () => {
  it('gives the same client to locations that differ in nothing a registry sees', async () => {
    await using scenario = testRegistries();
    const place = { host: 'r.example.com', credentials: USER };
    const client = scenario.connect(place);
    const same = { lister: { type: 'catalog' }, newRepositories: { scanOnPush: true } } as const;
    expect(scenario.connect(place, same)).toBe(client);
    expect(scenario.connect({ ...place, credentials: { ...USER, password: 'other' } })).not.toBe(client);
    expect(scenario.connect({ host: 'r.example.com' })).not.toBe(client);
    expect(scenario.connect({ host: 'q.example.com', credentials: USER })).not.toBe(client);
  });

  it('gives the credentials that the client would use', async () => {
    await using scenario = testRegistries();
    const location = locationOf({ host: 'r.example.com', credentials: USER });
    const credentials = await scenario.registries.credentials(location);
    expect(credentials?.username).toBe(USER.username);
    expect(credentials?.secret.reveal()).toBe(USER.password);
  });

  it('names the provider that answers, or that nobody does', async () => {
    await using scenario = testRegistries({ env: { REGISTRY_AUTH_FILE: '/does/not/exist' } });
    const provider = (place: Parameters<typeof locationOf>[0], more: Partial<Location> = {}) =>
      scenario.registries.provider(locationOf(place, more));
    expect(await provider({ host: 'r.example.com', credentials: USER })).toBe('auth');
    expect(await provider({ host: 'r.example.com' }, { auth: { kind: 'ambient' } })).toBe('anonymous');
    expect(scenario.requests()).toEqual([]);
  });

  it('knows whether a registry has asked for a login', async () => {
    await using open = await startRegistry();
    await using guarded = await startRegistry({ htpasswd: USER });
    await using scenario = testRegistries();
    for (const registry of [open, guarded]) await scenario.connect(registry, {}).ping();
    expect(scenario.connect(open).hasAskedForLogin).toBe(false);
    expect(scenario.connect(guarded).hasAskedForLogin).toBe(true);
  });

  it('asks only the host of a registry that is written with a path', async () => {
    await using registry = await startRegistry();
    await pushImage(registry, 'team/source', '1.0', IMAGE);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: `${registry.host}/team` });
    expect(client.registry).toBe(`${registry.host}/team`);
    expect(await client.headManifest('team/source', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });

  it('makes no repository on registries that need none to be made', async () => {
    await using scenario = testRegistries();
    await scenario.registries.ensureRepository(locationOf({ host: '127.0.0.1:1' }), 'team/new');
    expect(scenario.requests()).toEqual([]);
  });

  it('lists by the catalog through a lister', async () => {
    await using registry = await startRegistry();
    await pushImage(registry, 'team/source', '1.0', IMAGE);
    await using scenario = testRegistries();
    const lister = scenario.registries.lister(locationOf(registry), { cacheDurationMs: 60_000 });
    expect(await lister.list()).toEqual(['team/source']);
    const before = scenario.requests().length;
    expect(await lister.list()).toEqual(['team/source']);
    expect(scenario.requests()).toHaveLength(before);
  });
});
