import {
  type FilledTag,
  fillRegistry,
  type MadeArtifact,
  makeArtifact,
  putManifest,
  type RegistryEndpoint,
} from '@regfleet/harness';
import {
  cosignTags,
  type Digest,
  describeReferrer,
  fallbackTag,
  type Manifest,
  MEDIA_TYPES,
  mergeReferrers,
} from '@regfleet/model';

/** What has to be at the target before the tag of its image. */
export interface Belongings {
  /** Under this tag is a list of the referrers. */
  readonly listTag: string;
  readonly referrers: readonly Digest[];
  /** The tag that cosign keeps for the image, and what it names. */
  readonly signature: { readonly tag: string; readonly digest: Digest };
}

/** By `repository:tag` of an image. */
export type AllBelongings = ReadonlyMap<string, Belongings>;

// The last is copied by another relay, which takes nothing along.
const WITH_REFERRERS = /[1357]$/;

/** Whether images of the repository are mirrored with what belongs to them. */
export const takesReferrers = (repository: string): boolean => WITH_REFERRERS.test(repository);

// Of so many tags one is signed and has an SBOM.
const EVERY = 3;

/** By the number that it ends with. */
export const isSigned = (tag: string): boolean => Number(tag.slice(1)) % EVERY === 0;

/** Signs some images of a source that lists no referrers itself, and attaches an SBOM to each of them. */
export async function attachToImages(
  source: RegistryEndpoint,
  images: readonly FilledTag[],
  contentOf: (image: FilledTag) => Manifest,
): Promise<AllBelongings> {
  const signed = images.filter(({ repository, tag }) => takesReferrers(repository) && isSigned(tag));
  const made = signed.map((image) => ({ image, ...attachmentsOf(contentOf(image)) }));
  const fills = made.map(({ image: { repository }, artifacts }) => ({
    repository,
    tags: [...artifacts.keys()],
    image: (name: string) => artifacts.get(name) as MadeArtifact,
  }));
  await fillRegistry(source, fills);
  for (const { image, belongings, list } of made)
    await putManifest(source, image.repository, belongings.listTag, {
      mediaType: MEDIA_TYPES.ociIndex,
      bytes: list,
    });
  return new Map(
    made.map(({ image: { repository, tag }, belongings }) => [`${repository}:${tag}`, belongings]),
  );
}

function attachmentsOf(subject: Manifest) {
  const about = (what: string) => ({
    mediaType: 'application/json',
    content: `${what} of ${subject.digest}`,
  });
  const referrers = ['application/spdx+json', 'application/vnd.dev.sigstore.bundle.v0.3+json'].map(
    (artifactType) => makeArtifact({ subject, artifactType, layers: [about(artifactType)] }),
  );
  const signature = makeArtifact({ layers: [about('signature')] });
  const [signatureTag = ''] = cosignTags(subject.digest);
  const named = referrers.map((artifact) => [artifact.digest, artifact] as const);
  return {
    /** By the name that each is pushed under. */
    artifacts: new Map<string, MadeArtifact>([...named, [signatureTag, signature]]),
    list:
      mergeReferrers(
        undefined,
        referrers.map((artifact) => describeReferrer(artifact).referrer),
      ) ?? new Uint8Array(),
    belongings: {
      listTag: fallbackTag(subject.digest),
      referrers: referrers.map(({ digest }) => digest),
      signature: { tag: signatureTag, digest: signature.digest },
    },
  };
}
