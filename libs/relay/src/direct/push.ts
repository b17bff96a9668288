import { type Digest, forEachBounded, formatReference } from '@regfleet/model';
import { explainedRefusal } from './build-cache.ts';
import { keepOverwritten } from './history/keep-overwritten.ts';
import { digestReference, type ImageCopy, isHeld } from './image-copy.ts';
import { at } from './located.ts';
import { fetchManifest } from './source-manifest.ts';
import type { ImageTree, ManifestNode } from './tree.ts';

const MANIFESTS_AT_ONCE = 4;

/**
 * Puts the manifests whose blobs are there: children before parents, the one under the target's name last.
 *
 * @returns the digest under which the target keeps the last.
 */
export async function pushTree(
  copy: ImageCopy,
  { root, levels }: ImageTree,
  signal: AbortSignal,
): Promise<Digest> {
  for (const level of levels) {
    await forEachBounded(level, { limit: MANIFESTS_AT_ONCE, signal }, (node, either) =>
      pushByDigest(copy, node, either),
    );
  }
  const named = async (name: string): Promise<Digest> => {
    const { history, target } = copy;
    if (history !== undefined && name === target.reference.tag)
      await keepOverwritten(copy, history, root.digest, signal);
    return put(copy, root, name, signal);
  };
  return copy.publish === undefined
    ? named(copy.target.reference.tag ?? root.digest)
    : copy.publish(named, signal);
}

/** Tags that share children push each once. */
async function pushByDigest(copy: ImageCopy, node: ManifestNode, signal: AbortSignal): Promise<void> {
  const { registry, repository } = copy.target.reference;
  const { digest } = node;
  while (!isHeld(copy, digest)) {
    const key = `put ${registry}/${repository}@${digest}`;
    const led = await copy.state.underWay.lead(key, signal, () => put(copy, node, digest, signal));
    if (led !== undefined) return;
  }
}

async function put(copy: ImageCopy, node: ManifestNode, name: string, signal: AbortSignal): Promise<Digest> {
  const { state, target, logger } = copy;
  const { client, reference, side } = target;
  const made = copy.made?.digest === node.digest ? copy.made : undefined;
  const manifest = node.manifest ?? made ?? (await fetchManifest(copy, node.digest, signal));
  const isRoot = name === reference.tag;
  const place = { side, reference: isRoot ? reference : digestReference(reference, node.digest) };
  const digest = await at(place, signal, () =>
    client.putManifest(reference.repository, name, manifest, { signal }),
  ).catch((error: unknown) => {
    throw explainedRefusal(error, { manifest, blobs: node.blobs, isFinal: !copy.trustsBlobLocations });
  });
  if (digest !== node.digest) {
    logger.warn(
      { reference: formatReference(place.reference), source: node.digest, target: digest },
      'the target has converted the manifest: its digest differs, and signatures of the image do not fit it',
    );
  }
  state.blobLocations.add(reference.registry, reference.repository, node.digest);
  return digest;
}
