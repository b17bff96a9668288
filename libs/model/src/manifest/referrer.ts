import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Digest } from '../digest.ts';
import { SyncError } from '../errors.ts';
import { outsideList } from '../json/outside-list.ts';
import { parseJson } from '../json/parse-json.ts';
import { isIndexMediaType, type Manifest, MEDIA_TYPES } from './manifest.ts';
import { descriptor, MAX_MEDIA_TYPE } from './schema.ts';

/** A manifest that names another one as its subject, as lists of referrers have it. */
export interface Referrer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What an image may have at most; real ones have some dozen. */
export const MAX_REFERRERS = 10_000;

const text = z.string().max(MAX_MEDIA_TYPE).optional().catch(undefined);
const annotations = z.record(z.string(), z.string()).optional().catch(undefined);

const listedReferrer = descriptor.extend({ artifactType: text, annotations });

const listSchema = z.object({
  manifests: outsideList(listedReferrer)
    .nullish()
    .transform((list) => list ?? []),
});

/**
 * The entries of a list of referrers, each once.
 *
 * @returns absent where the text is no such list.
 */
export function parseReferrers(bytes: Uint8Array): readonly Referrer[] | undefined {
  const json = parseJson(new TextDecoder().decode(bytes));
  if (!Array.isArray(Object(json).manifests) && Object(json).manifests !== null) return undefined;
  const parsed = listSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const referrers = parsed.data.manifests.map(({ mediaType, digest, size, artifactType, annotations }) => ({
    mediaType,
    digest,
    sizeBytes: size,
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations }),
  }));
  return [...new Map(referrers.map((referrer) => [referrer.digest, referrer])).values()];
}

const digestSchema = z.object({ digest: z.string() });

const refersSchema = z.object({
  artifactType: text,
  config: z.object({ mediaType: text }).nullish().catch(undefined),
  subject: digestSchema.nullish().catch(undefined),
  annotations,
});

/**
 * What a manifest says of itself as a referrer.
 *
 * @returns `subject` as it stands there; absent: it names none.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers
 */
export function describeReferrer({ mediaType, digest, bytes }: Manifest): {
  readonly subject: string | undefined;
  readonly referrer: Referrer;
} {
  const parsed = refersSchema.safeParse(parseJson(new TextDecoder().decode(bytes))).data;
  const ofConfig = isIndexMediaType(mediaType) ? undefined : parsed?.config?.mediaType;
  const artifactType = parsed?.artifactType || ofConfig;
  return {
    subject: parsed?.subject?.digest,
    referrer: {
      mediaType,
      digest,
      sizeBytes: bytes.byteLength,
      ...(artifactType && { artifactType }),
      ...(parsed?.annotations && { annotations: parsed.annotations }),
    },
  };
}

/**
 * The tag under which referrers are listed at a registry that does not list them itself.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#referrers-tag-schema
 */
export function fallbackTag(digest: Digest): string {
  const [algorithm = '', encoded = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`;
}

/** The tags under which cosign keeps what belongs to an image. @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
export const cosignTags = (digest: Digest): readonly string[] =>
  ['sig', 'att', 'sbom'].map((kind) => `${fallbackTag(digest)}.${kind}`);

/** As an index has it. */
const entryOf = ({ sizeBytes: size, mediaType, digest, ...referrer }: Referrer) => ({
  mediaType,
  digest,
  size,
  ...referrer,
});

/**
 * A list of referrers as an index, for a registry that keeps it under a tag.
 *
 * @param list - what stands there, of which all is kept that is not about these referrers; absent: nothing.
 * @returns absent: the list says all of it already.
 */
export function mergeReferrers(
  list: Uint8Array | undefined,
  referrers: readonly Referrer[],
): Uint8Array | undefined {
  const json: unknown = list === undefined ? {} : parseJson(new TextDecoder().decode(list));
  const entries: unknown[] = [Object(json).manifests ?? []].flat();
  const wanted = new Map<string, object>(referrers.map((referrer) => [referrer.digest, entryOf(referrer)]));
  let isChanged = list === undefined;
  const merged = entries.map((entry) => {
    const { digest } = Object(entry);
    const known = wanted.get(digest);
    wanted.delete(digest);
    const next = known === undefined ? entry : { ...Object(entry), ...known };
    if (!isDeepStrictEqual(next, entry)) isChanged = true;
    return next;
  });
  if (!isChanged && wanted.size === 0) return undefined;
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociIndex,
      ...Object(json),
      manifests: [...merged, ...wanted.values()],
    }),
  );
}

/** @param what - as in `<what> has more than ...`. */
export const tooManyReferrers = (what: string): SyncError =>
  new SyncError('MANIFEST_INVALID', {
    message: `${what} has more than ${MAX_REFERRERS} referrers`,
    hint: 'what attaches them without end? Remove those that nobody needs at the source',
  });

// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#referrers-tag-schema
const DIGEST_TAG = /^(?:sha256|sha512)-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?$/;

/** True: it stands for what belongs to an image, not for an image. */
export const isDigestTag = (tag: string): boolean => DIGEST_TAG.test(tag);
