import { type Digest, forEachBounded, isSyncError, type Manifest } from '@regfleet/model';
import { isMissingContent } from '../missing-content.ts';
import { ensureBlob } from './blob.ts';
import type { ImageCopy } from './image-copy.ts';
import { pushTree } from './push.ts';
import { blobsOf, digestsOf, growTree, type ImageTree } from './tree.ts';

// What is remembered of the target may be wrong, and then its word as well.
const MAX_PASSES = 3;

/**
 * Brings a manifest and everything below it to the target, and names it there as the last step.
 *
 * @returns the digest under which the target keeps it.
 */
export async function transferImage(
  copy: ImageCopy,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<Digest> {
  const { registry, repository } = copy.target.reference;
  const { shared } = copy.state;
  await shared.learn(registry, [manifest.digest]);
  let pass = copy;
  for (let passes = 1; ; passes += 1) {
    const tree = await growTree(pass, manifest, signal);
    if (passes > 1) await shared.forget(registry, repository, digestsOf(tree));
    try {
      const digest = await fillAndPush(pass, tree, signal);
      await shared.publish(registry, repository, digestsOf(tree));
      return digest;
    } catch (error) {
      const next = signal.aborted || passes >= MAX_PASSES ? undefined : lessTrusting(pass, error);
      if (next === undefined) throw error;
      copy.logger.info({ error }, 'the target lacks content that was known to be there: pushing again');
      pass = next;
    }
  }
}

/** A pass that takes less for granted than the one that failed; absent: that is not why it did. */
function lessTrusting(pass: ImageCopy, error: unknown): ImageCopy | undefined {
  const { trustsBlobLocations, believed, doubted } = pass;
  const hasBelieved = believed.size > 0;
  if (!isMissingContent(error) && !(hasBelieved && isMissingRepository(error))) return undefined;
  if (!trustsBlobLocations && !hasBelieved) return undefined;
  return { ...pass, trustsBlobLocations: false, believed: new Set(), doubted: doubted.union(believed) };
}

/** Some registries find blobs by their digest alone, and make a repository when the first is uploaded to it. */
const isMissingRepository = (error: unknown): boolean =>
  isSyncError(error) && error.side === 'target' && error.code === 'REPOSITORY_UNKNOWN';

async function fillAndPush(copy: ImageCopy, tree: ImageTree, signal: AbortSignal): Promise<Digest> {
  const blobs = blobsOf(tree);
  const { state, target, progress } = copy;
  await state.shared.learn(
    target.reference.registry,
    blobs.map((blob) => blob.digest),
  );
  progress.expect(blobs);
  await forEachBounded(blobs, { limit: state.blobsPerImage, signal }, (blob, either) =>
    ensureBlob(copy, blob, either),
  );
  return pushTree(copy, tree, signal);
}
