import {
  type ArtifactRegistry,
  makeArtifact,
  makeImage,
  pushArtifact,
  pushImage,
  putManifest,
  type ReferrersApi,
  startArtifactRegistry,
} from '@regfleet/harness';
import { type Digest, fallbackTag, type Manifest, MEDIA_TYPES, mergeReferrers } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { scriptedClient, testRegistries } from '../registries.fixture.ts';

const IMAGE = makeImage({ layers: ['signed'], format: 'oci' });
const SBOM = 'application/spdx+json';

const artifactOf = (content: string, artifactType = SBOM) =>
  makeArtifact({ subject: IMAGE, artifactType, layers: [{ mediaType: artifactType, content }] });

const ONE = artifactOf('one');
const TWO = artifactOf('two', 'application/vnd.example.other');
const UNRELATED = makeArtifact({ artifactType: SBOM, layers: [{ mediaType: SBOM, content: 'alone' }] });

/** Under the tag that takes the place of a list. */
async function pushList(registry: ArtifactRegistry, referrers: readonly Manifest[]): Promise<void> {
  const described = referrers.map(({ mediaType, digest, bytes }) => ({
    mediaType,
    digest,
    sizeBytes: bytes.byteLength,
  }));
  const list = {
    mediaType: MEDIA_TYPES.ociIndex,
    bytes: mergeReferrers(undefined, described) ?? Buffer.alloc(0),
  };
  await putManifest(registry, 'team/app', fallbackTag(IMAGE.digest), list);
}

async function scenario(referrers?: ReferrersApi) {
  const registry = await startArtifactRegistry(referrers && { referrers });
  const registries = testRegistries();
  await pushImage(registry, 'team/app', '1.0', IMAGE);
  for (const artifact of [ONE, TWO, UNRELATED]) await pushArtifact(registry, 'team/app', artifact);
  registry.requests.clear();
  const client = registries.connect(registry);
  const list = async (subject: Digest = IMAGE.digest) => {
    const { from, referrers } = await client.listReferrers('team/app', subject);
    return { from, digests: referrers.map(({ digest }) => digest).sort() };
  };
  return {
    registry,
    client,
    list,
    async [Symbol.asyncDispose]() {
      await registries[Symbol.asyncDispose]();
      await registry.stop();
    },
  };
}

const BOTH = [ONE.digest, TWO.digest].sort();

describe('registry/referrers/referrers', () => {
  it('lists what the registry lists, page by page, with types and annotations', async () => {
    await using test = await scenario({ isListing: true, pageSize: 1 });
    expect(await test.list()).toEqual({ from: 'api', digests: BOTH });
    expect(test.registry.requests.summary()).toEqual({ 'GET referrers': 2 });
    const { referrers } = await test.client.listReferrers('team/app', IMAGE.digest);
    expect(referrers.find(({ digest }) => digest === ONE.digest)).toEqual({
      mediaType: ONE.mediaType,
      digest: ONE.digest,
      sizeBytes: ONE.bytes.byteLength,
      artifactType: SBOM,
    });
  });

  it('asks for no tag where the registry lists that there are none', async () => {
    await using test = await scenario({ isListing: true });
    expect(await test.list(UNRELATED.digest)).toEqual({ from: 'api', digests: [] });
    expect(test.registry.requests.summary()).toEqual({ 'GET referrers': 1 });
  });

  const json = 'application/json';
  it.each<[string, ReferrersApi | undefined]>([
    ['404', undefined],
    ['405', { isListing: false, status: 405, contentType: json, body: '' }],
    [
      '400',
      { isListing: false, status: 400, contentType: json, body: '{"errors":[{"code":"UNSUPPORTED"}]}' },
    ],
    ['a web page', { isListing: false, status: 200, contentType: 'text/html', body: '<html>hello</html>' }],
    ['another document', { isListing: false, status: 200, contentType: json, body: '{"name":"registry"}' }],
    [
      'errors as a success',
      { isListing: false, status: 200, contentType: json, body: '{"errors":[{"code":"X"}]}' },
    ],
  ])(
    'lists what the tag has where the registry answers %s, and asks the registry once',
    async (_title, api) => {
      await using test = await scenario(api);
      expect(await test.list()).toEqual({ from: 'tag', digests: [] });
      await pushList(test.registry, [ONE, TWO]);
      test.registry.requests.clear();
      expect(await test.list()).toEqual({ from: 'tag', digests: BOTH });
      expect(test.registry.requests.summary()).toEqual({ 'GET manifest': 1 });
    },
  );

  it('takes no more referrers than belong to any image', async () => {
    const manifests = Array.from({ length: 10_001 }, (_, index) => ({
      mediaType: ONE.mediaType,
      digest: `sha256:${index.toString(16).padStart(64, '0')}`,
      size: 1,
    }));
    const body = JSON.stringify({ schemaVersion: 2, manifests });
    await using test = await scenario({ isListing: false, status: 200, contentType: json, body });
    await expect(test.list()).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringContaining('more than 10000 referrers'),
    });
  });

  it('refuses pages that lead in circles', async () => {
    const page = (last: string) => ({
      status: 200,
      body: { schemaVersion: 2, manifests: [] },
      headers: { link: `<?last=${last}>; rel="next"` },
    });
    const path = `/v2/team/app/referrers/${IMAGE.digest}`;
    await using circle = await scriptedClient(
      { method: 'GET', path, response: page('a') },
      { method: 'GET', path: `${path}?last=a`, response: page('b') },
      { method: 'GET', path: `${path}?last=b`, response: page('a') },
    );
    await expect(circle.client.listReferrers('team/app', IMAGE.digest)).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      message: expect.stringContaining('in circles'),
    });
  });

  it('says that a user has something else under the tag, and where', async () => {
    await using test = await scenario();
    await pushImage(test.registry, 'team/app', fallbackTag(IMAGE.digest), IMAGE);
    await expect(test.list()).rejects.toMatchObject({
      code: 'TARGET_CONFLICT',
      reference: `${test.registry.host}/team/app:${fallbackTag(IMAGE.digest)}`,
    });
  });

  it('does not go on where the registry fails or refuses', async () => {
    await using test = await scenario({ isListing: false, status: 403, contentType: json, body: '{}' });
    await expect(test.list()).rejects.toMatchObject({ code: 'DENIED' });
  });

  it('puts what names a subject, and says whether the registry has linked it', async () => {
    const third = artifactOf('three');
    await using linking = await scenario({ isListing: true });
    await pushArtifact(linking.registry, 'team/app', third, 'helper');
    expect(await linking.client.putReferrer('team/app', third)).toEqual({
      digest: third.digest,
      isLinked: true,
    });
    await using plain = await scenario();
    await pushArtifact(plain.registry, 'team/app', third, 'helper');
    expect(await plain.client.putReferrer('team/app', third)).toEqual({
      digest: third.digest,
      isLinked: false,
    });
  });

  it('puts a manifest only in the place of that which it knows', async () => {
    const registry = await startArtifactRegistry({ honoursConditions: true });
    await using test = testRegistries();
    try {
      const client = test.connect(registry);
      await pushImage(registry, 'team/app', 'list', IMAGE);
      const put = (ifMatch: Digest | 'nothing') =>
        client.putManifest('team/app', 'list', ONE_IMAGE, { ifMatch });
      await pushImage(registry, 'team/app', 'other', ONE_IMAGE);
      await expect(put('nothing')).rejects.toMatchObject({ httpStatus: 412 });
      await expect(put(ONE.digest)).rejects.toMatchObject({ httpStatus: 412 });
      expect(await put(IMAGE.digest)).toBe(ONE_IMAGE.digest);
    } finally {
      await registry.stop();
    }
  });
});

const ONE_IMAGE = makeImage({ layers: ['another'], format: 'oci' });
