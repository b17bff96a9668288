import { type Digest, formatReference } from '@regfleet/model';
import { forEachBounded } from './bounded.ts';
import { digestReference, type ImageCopy, isHeld } from './image-copy.ts';
import { at } from './located.ts';
import type { ManifestNode } from './tree.ts';

const MANIFESTS_AT_ONCE = 4;

/**
 * Puts the manifests whose blobs are there: children before parents, the one under the target's name last.
 *
 * @returns the digest under which the target keeps the last.
 */
export async function pushTree(copy: ImageCopy, root: ManifestNode, signal: AbortSignal): Promise<Digest> {
  await pushChildren(copy, root, signal);
  return put(copy, root, copy.target.reference.tag ?? root.manifest.digest, signal);
}

async function pushChildren(copy: ImageCopy, parent: ManifestNode, signal: AbortSignal): Promise<void> {
  await forEachBounded(parent.children, { limit: MANIFESTS_AT_ONCE, signal }, async (child, either) => {
    await pushChildren(copy, child, either);
    await pushByDigest(copy, child, either);
  });
}

/** Tags that share children push each once. */
async function pushByDigest(copy: ImageCopy, node: ManifestNode, signal: AbortSignal): Promise<void> {
  const { registry, repository } = copy.target.reference;
  const { digest } = node.manifest;
  while (!isHeld(copy, digest)) {
    const key = `put ${registry}/${repository}@${digest}`;
    const led = await copy.state.flights.lead(key, signal, () => put(copy, node, digest, signal));
    if (led !== undefined) return;
  }
}

async function put(
  { state, target, logger }: ImageCopy,
  { manifest }: ManifestNode,
  name: string,
  signal: AbortSignal,
): Promise<Digest> {
  const { client, reference, side } = target;
  const isRoot = name === reference.tag;
  const place = { side, reference: isRoot ? reference : digestReference(reference, manifest.digest) };
  const digest = await at(place, signal, () =>
    client.putManifest(reference.repository, name, manifest, { signal }),
  );
  if (digest !== manifest.digest) {
    logger.warn(
      { reference: formatReference(place.reference), source: manifest.digest, target: digest },
      'the target has converted the manifest: its digest differs, and signatures of the image do not fit it',
    );
  }
  state.holdings.add(reference.registry, reference.repository, manifest.digest);
  return digest;
}
