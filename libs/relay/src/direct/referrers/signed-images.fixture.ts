import {
  makeArtifact,
  makeImage,
  pushArtifact,
  pushImage,
  pushIndex,
  putManifest,
  type RegistryEndpoint,
  readManifest,
} from '@regfleet/harness';
import {
  cosignTags,
  describeReferrer,
  fallbackTag,
  type Manifest,
  MEDIA_TYPES,
  mergeReferrers,
} from '@regfleet/model';

export const REPOSITORY = 'team/app';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

const arm = makeImage({ layers: ['arm'], format: 'oci', platform: { os: 'linux', architecture: 'arm64' } });
const amd = makeImage({ layers: ['amd'], format: 'oci', platform: { os: 'linux', architecture: 'amd64' } });

/** @see https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md */
const provenance = makeImage({
  layers: ['provenance of arm'],
  format: 'oci',
  platform: { os: 'unknown', architecture: 'unknown' },
  annotations: {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': arm.digest,
  },
});

/** @see https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md */
const bundleOf = (subject: Manifest, content: string) =>
  makeArtifact({
    subject,
    artifactType: BUNDLE,
    layers: [{ mediaType: BUNDLE, content }],
    annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope' },
  });

/** @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
const tagged = (mediaType: string, content: string) =>
  makeArtifact({
    configType: CONFIG,
    layers: [{ mediaType, content }],
    annotations: { note: content },
  });

/** @see https://oras.land/docs/commands/oras_attach */
const attached = (subject: Manifest, content: string, artifactType = 'application/spdx+json') =>
  makeArtifact({
    subject,
    artifactType,
    layers: [{ mediaType: artifactType, content }],
    annotations: { 'org.opencontainers.image.created': '2026-01-01T00:00:00Z' },
  });

/** An index as BuildKit makes it, signed and attested in every way, and another image that shares the repository. */
export async function pushSigned(registry: RegistryEndpoint) {
  const index = await pushIndex(registry, REPOSITORY, '1.0', { images: [arm, amd, provenance] });
  const other = await pushImage(registry, REPOSITORY, 'other', { layers: ['other'], format: 'oci' });
  const sbom = attached(index, 'sbom of the index');
  const referrers = [
    [index, [bundleOf(index, 'signature of the index'), sbom]],
    [arm, [bundleOf(arm, 'signature of arm'), attached(arm, 'scan of arm', 'application/sarif+json')]],
    [sbom, [bundleOf(sbom, 'signature of the sbom')]],
    [other, [bundleOf(other, 'signature of the other')]],
  ] as const;
  for (const [subject, list] of referrers) await attach(registry, subject, list);
  const [sig = '', att = ''] = cosignTags(index.digest);
  const [armSig = ''] = cosignTags(arm.digest);
  const [otherSig = ''] = cosignTags(other.digest);
  const tags = [
    [sig, tagged('application/vnd.dev.cosign.simplesigning.v1+json', 'sig')],
    [att, tagged('application/vnd.dsse.envelope.v1+json', 'att')],
    [armSig, tagged('application/vnd.dev.cosign.simplesigning.v1+json', 'arm')],
    [otherSig, tagged('application/vnd.dev.cosign.simplesigning.v1+json', 'other')],
  ] as const;
  for (const [tag, artifact] of tags) await pushArtifact(registry, REPOSITORY, artifact, tag);
  const [ofIndex, ofArm, ofSbom, ofOther] = referrers.map(([subject, list]) => ({ subject, list }));
  return { index, other, sbom, ofIndex, ofArm, ofSbom, ofOther, tags, otherSig, arm };
}

/** As oras and cosign attach something: listed by the registry, and where it does not say so, under the tag. */
async function attach(
  registry: RegistryEndpoint,
  subject: Manifest,
  artifacts: readonly ReturnType<typeof makeArtifact>[],
): Promise<void> {
  for (const artifact of artifacts) await pushArtifact(registry, REPOSITORY, artifact);
  const tag = fallbackTag(subject.digest);
  const list = await readManifest(registry, REPOSITORY, tag).catch(() => undefined);
  const described = artifacts.map((artifact) => describeReferrer(artifact).referrer);
  const bytes = mergeReferrers(list?.bytes, described);
  if (bytes !== undefined)
    await putManifest(registry, REPOSITORY, tag, { mediaType: MEDIA_TYPES.ociIndex, bytes });
}

export const attachLate = (registry: RegistryEndpoint, subject: Manifest, content: string) =>
  attach(registry, subject, [attached(subject, content)]);

export async function sign(
  registry: RegistryEndpoint,
  subject: Manifest,
  kind: 'bundle' | 'tag',
): Promise<void> {
  if (kind === 'bundle') return attach(registry, subject, [bundleOf(subject, 'a signature')]);
  const [sig] = cosignTags(subject.digest);
  await pushArtifact(
    registry,
    REPOSITORY,
    tagged('application/vnd.dev.cosign.simplesigning.v1+json', 'a signature'),
    sig,
  );
}
