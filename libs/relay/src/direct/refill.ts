import { type Descriptor, type Digest, parseDigest, parseManifest } from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';

/** One repository as content is read from it or put into it. */
export interface ContentPlace {
  readonly client: RegistryClient;
  readonly repository: string;
}

export interface RefillSides {
  readonly source: ContentPlace;
  readonly target: ContentPlace;
  readonly signal: AbortSignal;
}

/** What a target lacks: a blob, or a manifest by its digest. */
export type MissingContent = { readonly name: string } & (
  | { readonly kind: 'manifest' }
  | { readonly kind: 'blob'; readonly blob: Descriptor }
);

/**
 * Puts into a target what it has lost of an image that it has, from a source that has it.
 *
 * @throws {SyncError} `BLOB_UNKNOWN`, `MANIFEST_UNKNOWN` where the source has it no more, or never had, as of an image that a relay
 * has built anew.
 */
export async function refillContent(sides: RefillSides, missing: MissingContent): Promise<void> {
  if (missing.kind === 'blob') await refillBlob(sides, missing.blob);
  else await refillManifest(sides, parseDigest(missing.name));
}

async function refillBlob({ source, target, signal }: RefillSides, blob: Descriptor): Promise<void> {
  await target.client.uploadBlob(
    target.repository,
    blob,
    (ended) => source.client.getBlob(source.repository, blob, { signal: AbortSignal.any([signal, ended]) }),
    { signal },
  );
}

/** One that an index names, with the blobs of it that the target lacks. */
async function refillManifest(sides: RefillSides, digest: Digest): Promise<void> {
  const { source, target, signal } = sides;
  const manifest = await source.client.getManifest(source.repository, digest, { signal });
  const parsed = parseManifest(manifest);
  for (const blob of parsed.blobs) {
    const isThere = await target.client.headBlob(target.repository, blob.digest, { signal });
    if (isThere !== true) await refillBlob(sides, blob);
  }
  for (const child of parsed.kind === 'index' ? parsed.children : []) {
    const there = await target.client.headManifest(target.repository, child.digest, { signal });
    if (there === undefined) await refillManifest(sides, child.digest);
  }
  await target.client.putManifest(target.repository, digest, manifest, { signal });
}
