import {
  digestOf,
  listTags,
  type MadeArtifact,
  makeArtifact,
  makeImage,
  makeIndex,
  pullEverything,
  pushArtifact,
  pushImage,
  pushIndex,
  putManifest,
  readManifest,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import {
  cosignTags,
  describeReferrer,
  fallbackTag,
  MEDIA_TYPES,
  mergeReferrers,
  parseReferrers,
  RELAYS,
  type RelayName,
} from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Relay } from './contract.ts';
import { RelayUnderTest } from './relay.fixture.ts';

const REFERRERS = { referrers: { checkMs: 0 } } as const;
const SIGNED = makeImage({ layers: ['signed'], format: 'oci' });
const [SIGNATURE_TAG = ''] = cosignTags(SIGNED.digest);

/** @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
const SIGNATURE = makeArtifact({
  configType: 'application/vnd.oci.image.config.v1+json',
  layers: [{ mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', content: 'signature' }],
});

const SBOM = makeArtifact({
  subject: SIGNED,
  artifactType: 'application/spdx+json',
  layers: [{ mediaType: 'application/spdx+json', content: 'sbom' }],
});

/** What a relay has to do with signatures and the like; with registries that list no referrers. */
export function describeReferrersOf(name: RelayName, open: () => Promise<Relay>): void {
  const { keepsManifestBytes, supportsAllPlatforms, copiesReferrers } = RELAYS[name];

  describe(`relay/${name} and what belongs to an image`, () => {
    let source: TestRegistry;
    let target: TestRegistry;
    let relay: RelayUnderTest;

    beforeAll(async () => {
      [source, target] = await Promise.all([startRegistry(), startRegistry()]);
      relay = new RelayUnderTest(await open());
      await pushImage(source, 'app', 'v1', SIGNED);
      await pushArtifact(source, 'app', SIGNATURE, SIGNATURE_TAG);
      await attach(source, SBOM);
    });

    afterAll(async () => {
      await relay?.[Symbol.asyncDispose]();
      await Promise.all([source, target].map((registry) => registry?.stop()));
    });

    it('leaves it where it is unless that is wanted', async () => {
      await relay.copy([source, 'app:v1'], [target, 'alone:v1']);
      expect(await listTags(target, 'alone')).toEqual(['v1']);
    });

    it.runIf(copiesReferrers)('brings it where that is wanted, once', async () => {
      const copy = () => relay.copy([source, 'app:v1'], [target, 'whole:v1'], REFERRERS);
      expect(await copy()).toMatchObject({ outcome: 'copied', targetDigest: SIGNED.digest });
      const list = fallbackTag(SIGNED.digest);
      expect((await listTags(target, 'whole')).sort()).toEqual([list, SIGNATURE_TAG, 'v1'].sort());
      expect((await pullEverything(target, 'whole', SIGNATURE_TAG)).digest).toBe(SIGNATURE.digest);
      const { bytes } = await readManifest(target, 'whole', list);
      expect(parseReferrers(bytes)?.map(({ digest }) => digest)).toEqual([SBOM.digest]);
      await pullEverything(target, 'whole', SBOM.digest);
      expect((await copy()).outcome).toBe('unchanged');
    });

    it.runIf(copiesReferrers)('brings what an image lacks that is there already', async () => {
      await relay.copy([source, 'app:v1'], [target, 'later:v1']);
      const copied = await relay.copy([source, 'app:v1'], [target, 'later:v1'], REFERRERS);
      expect(copied).toMatchObject({ outcome: 'copied', targetDigest: SIGNED.digest });
      expect(await digestOf(target, 'later', SIGNATURE_TAG)).toBe(SIGNATURE.digest);
      await pullEverything(target, 'later', SBOM.digest);
    });

    it.runIf(keepsManifestBytes)(
      'copies a signature of cosign under its tag as any other image',
      async () => {
        await relay.copy([source, `app:${SIGNATURE_TAG}`], [target, `signature:${SIGNATURE_TAG}`], {
          ...(supportsAllPlatforms && { platform: 'all' }),
        });
        expect((await pullEverything(target, 'signature', SIGNATURE_TAG)).digest).toBe(SIGNATURE.digest);
      },
    );

    it.runIf(supportsAllPlatforms)('copies attestations inside of an index with it', async () => {
      const platform = { os: 'linux', architecture: 'amd64' };
      const image = makeImage({ layers: ['attested'], format: 'oci', platform });
      // https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
      const index = makeIndex([
        image,
        makeImage({
          layers: ['provenance'],
          format: 'oci',
          platform: { os: 'unknown', architecture: 'unknown' },
          annotations: {
            'vnd.docker.reference.type': 'attestation-manifest',
            'vnd.docker.reference.digest': image.digest,
          },
        }),
      ]);
      await pushIndex(source, 'built', 'v1', index);
      const { targetDigest } = await relay.copy([source, 'built:v1'], [target, 'built:v1'], {
        platform: 'all',
      });
      expect(targetDigest).toBe(index.digest);
      const { manifests } = await pullEverything(target, 'built', 'v1');
      expect(manifests.map(({ digest }) => digest)).toEqual([
        index.digest,
        ...index.images.map(({ digest }) => digest),
      ]);
    });
  });
}

/** As clients do at a registry that lists no referrers. */
async function attach(registry: TestRegistry, artifact: MadeArtifact): Promise<void> {
  await pushArtifact(registry, 'app', artifact);
  const bytes = mergeReferrers(undefined, [describeReferrer(artifact).referrer]) ?? new Uint8Array();
  await putManifest(registry, 'app', fallbackTag(SIGNED.digest), { mediaType: MEDIA_TYPES.ociIndex, bytes });
}
