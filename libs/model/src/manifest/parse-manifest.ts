import type { z } from 'zod';
import { SyncError } from '../errors.ts';
import { parseJson } from '../json/parse-json.ts';
import type { Platform } from '../platform.ts';
import { clip } from '../text/clip.ts';
import { type Descriptor, isIndexMediaType, type Manifest, MEDIA_TYPES } from './manifest.ts';
import { statedMediaType } from './media-type.ts';
import { artifactSchema, type DescriptorJson, imageSchema, indexSchema, NO_MEDIA_TYPE } from './schema.ts';

export type ParsedManifest =
  /** `children`: manifests and indexes; `blobs`: what else it names, as build caches do with layers. */
  | {
      readonly kind: 'index';
      readonly children: readonly Descriptor[];
      readonly blobs: readonly Descriptor[];
    }
  /** `blobs`: config and layers, or what an artifact has instead, that a registry has to hold, each once. */
  | { readonly kind: 'image'; readonly blobs: readonly Descriptor[] };

const KNOWN: ReadonlySet<string> = new Set(Object.values(MEDIA_TYPES));

/**
 * What a manifest refers to.
 *
 * @throws {SyncError} `MEDIA_TYPE_UNSUPPORTED`, `MANIFEST_INVALID`
 */
export function parseManifest(manifest: Manifest): ParsedManifest {
  if (!KNOWN.has(manifest.mediaType)) throw unsupported(manifest);
  if (isIndexMediaType(manifest.mediaType)) {
    const { manifests } = parseAs(indexSchema, manifest);
    const entries = distinct(manifests);
    const blobs = entries.filter((entry) => !isManifest(entry) && isHeldByRegistry(entry));
    return {
      kind: 'index',
      children: entries.filter(isManifest).map(toDescriptor),
      blobs: blobs.map(toDescriptor),
    };
  }
  const blobs = blobsOf(manifest).filter(isHeldByRegistry);
  return { kind: 'image', blobs: distinct(blobs).map(toDescriptor) };
}

function blobsOf(manifest: Manifest): readonly DescriptorJson[] {
  if (manifest.mediaType === MEDIA_TYPES.ociArtifact) return parseAs(artifactSchema, manifest).blobs;
  const { config, layers } = parseAs(imageSchema, manifest);
  return config === null ? layers : [config, ...layers];
}

function parseAs<Json extends { mediaType?: string | undefined }>(
  schema: z.ZodType<Json>,
  manifest: Manifest,
): Json {
  const json = readJson(manifest);
  if (countsOf(json).some((count) => count > MAX_DESCRIPTORS))
    throw invalid(manifest, `it names more than ${MAX_DESCRIPTORS} manifests, layers or blobs`);
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(manifest, `${issue?.path.join('.') || 'the document'}: ${issue?.message}`);
  }
  const stated = parsed.data.mediaType;
  if (stated !== undefined && stated !== manifest.mediaType)
    throw invalid(manifest, mislabelling(manifest, stated), MISLABELLED);
  return parsed.data;
}

// Far above what any tool builds; each costs time and memory when it is looked at.
const MAX_DESCRIPTORS = 10_000;

/** How many descriptors a document has, before any of them is looked at. */
const countsOf = (json: unknown): number[] =>
  ['manifests', 'layers', 'blobs'].map((name) => Number(Object(Object(json)[name]).length));

function readJson(manifest: Manifest): unknown {
  const json = parseJson(new TextDecoder().decode(manifest.bytes));
  if (json === undefined) throw invalid(manifest, 'it is not JSON, or nested deeper than any manifest');
  return json;
}

const MAX_SHOWN = 200;

/** What a registry wrote, for a message. */
const quoted = (text: string): string => `"${clip(text, MAX_SHOWN)}"`;

const invalid = (manifest: Manifest, why: string, hint = 'push the image to the source again'): SyncError =>
  new SyncError('MANIFEST_INVALID', {
    message: `the manifest ${manifest.digest} cannot be read: ${why}`,
    hint,
  });

const MISLABELLED =
  'the "Content-Type" of the answer is wrong: tell whoever runs the registry, or a proxy or cache in front of it';

const mislabelling = ({ mediaType }: Manifest, stated: string): string =>
  `it calls itself ${quoted(stated)} and the registry calls it ${quoted(mediaType)}`;

function unsupported(manifest: Manifest): SyncError {
  const stated = statedMediaType(manifest) ?? '';
  const is = KNOWN.has(stated)
    ? `cannot be copied: ${mislabelling(manifest, stated)}`
    : `has the media type ${quoted(manifest.mediaType)}`;
  return new SyncError('MEDIA_TYPE_UNSUPPORTED', {
    message: `the manifest ${manifest.digest} ${is}`,
    hint: KNOWN.has(stated)
      ? MISLABELLED
      : 'only OCI and docker schema 2 manifests and indexes can be copied; push the image again with a newer tool',
  });
}

function toDescriptor({ mediaType, digest, size, platform }: DescriptorJson): Descriptor {
  return {
    mediaType,
    digest,
    sizeBytes: size,
    ...(platform !== undefined && { platform: toPlatform(platform) }),
  };
}

/** As a descriptor states it. */
export const toPlatform = ({
  os,
  'os.version': osVersion,
  architecture,
  variant,
}: NonNullable<DescriptorJson['platform']>): Platform => ({
  ...(os && { os }),
  ...(osVersion && { osVersion }),
  ...(architecture && { architecture }),
  ...(variant && { variant }),
});

/** Registries hold an entry as a manifest or as a blob; its media type alone tells which. */
const isManifest = ({ mediaType }: DescriptorJson): boolean =>
  mediaType === NO_MEDIA_TYPE || /\bmanifest\b|\bindex\b/.test(mediaType);

// https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#non-distributable-layers
const NOT_DISTRIBUTED = /\.foreign\.|\.nondistributable\./;

/** False for layers that clients fetch from somewhere else. */
const isHeldByRegistry = ({ mediaType, urls }: DescriptorJson): boolean =>
  !urls || !NOT_DISTRIBUTED.test(mediaType);

const distinct = (descriptors: readonly DescriptorJson[]): DescriptorJson[] => [
  ...new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor])).values(),
];
