import { type Digest, forEachBounded, type Manifest } from '@regfleet/model';
import { isMissingContent } from '../missing-content.ts';
import { ensureBlob } from './blob.ts';
import type { ImageCopy } from './image-copy.ts';
import { pushTree } from './push.ts';
import { blobsOf, digestsOf, growTree, type ImageTree } from './tree.ts';

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
  const { reference } = copy.target;
  const { shared } = copy.state;
  await shared.learn(reference.registry, [manifest.digest]);
  const tree = await growTree(copy, manifest, signal);
  const digest = await fillAndPush(copy, tree, signal).catch((error: unknown) => {
    if (signal.aborted || !copy.trustsHoldings || !isMissingContent(error)) throw error;
    copy.logger.info({ error }, 'the target lacks content that was known to be there: pushing again');
    return pushAgain({ ...copy, trustsHoldings: false }, manifest, signal);
  });
  await shared.publish(reference.registry, reference.repository, digestsOf(tree));
  return digest;
}

async function pushAgain(copy: ImageCopy, manifest: Manifest, signal: AbortSignal): Promise<Digest> {
  const { registry, repository } = copy.target.reference;
  const tree = await growTree(copy, manifest, signal);
  await copy.state.shared.forget(registry, repository, digestsOf(tree));
  return fillAndPush(copy, tree, signal);
}

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
