import type { Manifest } from '@regfleet/model';
import { isMissingContent } from '../missing-content.ts';
import { ensureBlob } from './blob.ts';
import { forEachBounded } from './bounded.ts';
import type { ImageCopy } from './image-copy.ts';
import { pushTree } from './push.ts';
import { blobsOf, digestsOf, growTree, type ManifestNode } from './tree.ts';

/** Brings a manifest and everything below it to the target, and names it there as the last step. */
export async function transferImage(copy: ImageCopy, manifest: Manifest, signal: AbortSignal): Promise<void> {
  const { reference } = copy.target;
  const { shared } = copy.state;
  await shared.learn(reference.registry, [manifest.digest]);
  const tree = await growTree(copy, manifest, signal);
  try {
    await fillAndPush(copy, tree, signal);
  } catch (error) {
    if (signal.aborted || !copy.trustsHoldings || !isMissingContent(error)) throw error;
    copy.logger.info({ error }, 'the target lacks content that was known to be there: pushing again');
    await pushAgain({ ...copy, trustsHoldings: false }, manifest, signal);
  }
  await shared.publish(reference.registry, reference.repository, digestsOf(tree));
}

async function pushAgain(copy: ImageCopy, manifest: Manifest, signal: AbortSignal): Promise<void> {
  const { registry, repository } = copy.target.reference;
  const tree = await growTree(copy, manifest, signal);
  await copy.state.shared.forget(registry, repository, digestsOf(tree));
  await fillAndPush(copy, tree, signal);
}

async function fillAndPush(copy: ImageCopy, tree: ManifestNode, signal: AbortSignal): Promise<void> {
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
  await pushTree(copy, tree, signal);
}
