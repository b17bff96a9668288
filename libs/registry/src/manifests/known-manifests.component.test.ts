import { makeImage, scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';

const { bytes, digest, mediaType } = makeImage({ layers: ['one'] });
const manifest = { status: 200, headers: { 'content-type': mediaType }, body: bytes };

describe('registry/manifests/known-manifests', () => {
  it('asks for a manifest once, by whatever name it came', async () => {
    await using registry = await scriptedRegistry([
      { method: 'GET', path: '/v2/team/app/manifests/1.0', response: manifest },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    expect(client.knownManifest('team/app', digest)).toBeUndefined();
    const read = await client.getManifest('team/app', '1.0');
    expect(await client.getManifest('team/app', digest)).toEqual(read);
    expect(client.knownManifest('team/app', digest)).toEqual(read);
  });

  it('does not take what one repository holds for what another does', async () => {
    await using registry = await scriptedRegistry([
      { method: 'GET', path: `/v2/team/app/manifests/${digest}`, response: manifest },
      { method: 'HEAD', path: `/v2/team/other/manifests/${digest}`, response: { status: 405 } },
      { method: 'GET', path: `/v2/team/other/manifests/${digest}`, response: { status: 404 } },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    await client.getManifest('team/app', digest);
    expect(await client.headManifest('team/other', digest)).toBeUndefined();
  });
});
