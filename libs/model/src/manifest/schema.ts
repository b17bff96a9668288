import { z } from 'zod';
import { type Digest, isDigest } from '../digest.ts';
import { outsideList } from '../json/outside-list.ts';

// Registries hold artifacts of any kind: only what a copy needs is looked at, and what is unknown is passed on as bytes.

// Far longer than any that a tool writes: they are kept as long as the copy takes.
export const MAX_MEDIA_TYPE = 1_024;
const MAX_PLATFORM_PART = 256;

const text = z.string().max(MAX_PLATFORM_PART).optional().catch(undefined);

const platform = z.object({ os: text, 'os.version': text, architecture: text, variant: text });

// Named, since the declarations of this package cannot spell out what makes a digest one.
const digest: z.ZodType<Digest> = z.string().refine(isDigest, 'is not a sha256 or sha512 digest');

export const NO_MEDIA_TYPE = 'application/octet-stream';

// Go's tools write a text that was never set as an empty one, a list as `null`, and a descriptor as one of nothing.

export const descriptor = z.object({
  mediaType: z
    .string()
    .max(MAX_MEDIA_TYPE)
    .nullish()
    .transform((text) => text || NO_MEDIA_TYPE),
  digest,
  size: z.int().nonnegative(),
  /** Parsed to whether there are any: what they say is not looked at. */
  urls: z
    .unknown()
    .optional()
    .transform((urls) => Array.isArray(urls) && urls.length > 0),
  platform: platform.optional().catch(undefined),
});

export type DescriptorJson = z.infer<typeof descriptor>;

const descriptors = outsideList(descriptor)
  .nullish()
  .transform((list) => list ?? []);

const unset = z.object({ digest: z.literal(''), size: z.literal(0) });

/** It has to be there, since without one nothing tells a manifest from any other document. */
const config = z.preprocess(
  (value) => (unset.safeParse(value).success ? null : value),
  descriptor.nullable(),
);

const mediaType = z
  .string()
  .nullish()
  .transform((text) => text || undefined);
const schemaVersion = z.literal(2);

// A document that can be read both ways is refused: https://github.com/advisories/GHSA-77vh-xpmg-72qh
const absent = z.null('does not belong into a manifest of this kind').optional();

export const indexSchema = z.object({
  schemaVersion,
  mediaType,
  manifests: descriptors,
  config: absent,
  layers: absent,
});

export const imageSchema = z.object({
  schemaVersion,
  mediaType,
  config,
  layers: descriptors,
  manifests: absent,
});

/** https://github.com/opencontainers/image-spec/blob/v1.1.0-rc2/artifact.md, which has no version. */
export const artifactSchema = z.object({
  mediaType,
  blobs: descriptors,
  config: absent,
  layers: absent,
  manifests: absent,
});
