import {
  type Descriptor,
  type Digest,
  forEachBounded,
  type Manifest,
  parseManifest,
  SyncError,
} from '@regfleet/model';
import { digestReference, type ImageCopy, isHeld } from './image-copy.ts';
import { at } from './located.ts';
import { fetchManifest } from './source-manifest.ts';
import { TreeSize } from './tree-size.ts';

/** A manifest that has to be put, with what it names. */
export interface ManifestNode {
  readonly digest: Digest;
  /** Absent: it is large, so it is not held while content moves but read again when it is put. */
  readonly manifest: Manifest | undefined;
  /** Config and layers; of an index what it names besides manifests, mostly nothing. */
  readonly blobs: readonly Descriptor[];
  /** Manifests that it names, those included that the target holds already. */
  readonly children: readonly Digest[];
}

/** What of an image has to be at the target before its name: manifests that are there already are left out. */
export interface ImageTree {
  readonly root: ManifestNode;
  /** What is below the root: whatever a manifest names stands in a level before it. */
  readonly levels: readonly (readonly ManifestNode[])[];
}

const MANIFESTS_AT_ONCE = 4;
// Manifests of images have some kilobytes. All of a tree together are bounded by their number then.
const HELD_AT_MOST_BYTES = 16 * 1024;
// Of the root there is one, and an index of many platforms has more.
const ROOT_HELD_AT_MOST_BYTES = 1024 * 1024;

/**
 * Reads the graph below a manifest of the source, each manifest once however many name it.
 *
 * @throws {SyncError} `MANIFEST_INVALID` where it is larger than any image is.
 */
export async function growTree(copy: ImageCopy, root: Manifest, signal: AbortSignal): Promise<ImageTree> {
  const nodes = new Map<Digest, ManifestNode>();
  const size = new TreeSize();
  const seen = new Set<Digest>([root.digest]);
  let children = await take(copy, root, { nodes, size, signal, heldBytes: ROOT_HELD_AT_MOST_BYTES });
  while (children.length > 0) {
    const unseen = [...new Set(children)].filter((digest) => !seen.has(digest));
    for (const digest of unseen) seen.add(digest);
    await atSource(copy, root.digest, signal, () => size.descend(unseen.length));
    await copy.state.shared.learn(copy.target.reference.registry, unseen);
    const bounds = { limit: MANIFESTS_AT_ONCE, signal };
    const found = await forEachBounded(unseen, bounds, async (digest, either) => {
      if (await isThere(copy, digest, either)) return [];
      const manifest = await fetchManifest(copy, digest, either);
      return take(copy, manifest, { nodes, size, signal: either, heldBytes: HELD_AT_MOST_BYTES });
    });
    children = found.flat();
  }
  return atSource(copy, root.digest, signal, () => ordered(root.digest, nodes));
}

interface Growth {
  readonly nodes: Map<Digest, ManifestNode>;
  readonly size: TreeSize;
  readonly signal: AbortSignal;
  /** Manifests up to this size are held. */
  readonly heldBytes: number;
}

/** Notes what a manifest names. @returns the manifests among that. */
async function take(
  copy: ImageCopy,
  manifest: Manifest,
  { nodes, size, signal, heldBytes }: Growth,
): Promise<readonly Digest[]> {
  const { digest, bytes } = manifest;
  const held = bytes.byteLength <= heldBytes ? manifest : undefined;
  if (isHeld(copy, digest)) {
    nodes.set(digest, { digest, manifest: held, blobs: [], children: [] });
    return [];
  }
  return atSource(copy, digest, signal, () => {
    const parsed = parseManifest(manifest);
    size.add({ bytes: bytes.byteLength, blobs: parsed.blobs.length });
    const children = parsed.kind === 'image' ? [] : parsed.children.map(digestOf);
    nodes.set(digest, { digest, manifest: held, blobs: parsed.blobs, children });
    return children;
  });
}

const atSource = <Result>(
  { source: { side, reference } }: ImageCopy,
  digest: Digest,
  signal: AbortSignal,
  work: () => Result,
): Promise<Result> => at({ side, reference: digestReference(reference, digest) }, signal, async () => work());

/** Of a tag that changes, most children are likely to have stayed; of a new one, none is likely to be there. */
async function isThere(copy: ImageCopy, digest: Digest, signal: AbortSignal): Promise<boolean> {
  if (isHeld(copy, digest)) return true;
  if (!copy.isUpdate || !copy.trustsBlobLocations) return false;
  const { client, reference, side } = copy.target;
  const place = { side, reference: digestReference(reference, digest) };
  const head = await at(place, signal, () => client.headTarget(reference.repository, digest, { signal }));
  if (head === undefined || 'untold' in head) return false;
  copy.state.blobLocations.add(reference.registry, reference.repository, digest);
  return true;
}

/** By the longest way down from each, since one manifest may be named on several levels. */
function ordered(rootDigest: Digest, nodes: Map<Digest, ManifestNode>): ImageTree {
  const heights = new Map<Digest, number>();
  const heightOf = (digest: Digest): number => {
    const known = heights.get(digest);
    if (known !== undefined) return known;
    heights.set(digest, Number.NaN);
    const children = nodes.get(digest)?.children.filter((child) => nodes.has(child)) ?? [];
    const height = Math.max(-1, ...children.map(heightOf)) + 1;
    // Only a registry that lies about digests can show that.
    if (Number.isNaN(height)) throw invalid(`the index ${digest} contains itself`);
    heights.set(digest, height);
    return height;
  };
  heightOf(rootDigest);
  const root = nodes.get(rootDigest);
  if (root === undefined) throw new RangeError('a tree has a root');
  const below = [...nodes.values()].filter((node) => node !== root);
  const levels = Map.groupBy(below, ({ digest }) => heights.get(digest) ?? 0);
  return {
    root,
    levels: [...levels].toSorted(([left], [right]) => left - right).map(([, level]) => level),
  };
}

const invalid = (message: string): SyncError =>
  new SyncError('MANIFEST_INVALID', { message, hint: 'push the image to the source again' });

/** Every blob of a tree, each once. */
export function blobsOf(tree: ImageTree): Descriptor[] {
  const blobs = nodesOf(tree).flatMap((node) => node.blobs);
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

/** Digests of every manifest and blob of a tree. */
export const digestsOf = (tree: ImageTree): Digest[] => [
  ...nodesOf(tree).map(digestOf),
  ...blobsOf(tree).map(digestOf),
];

const nodesOf = ({ root, levels }: ImageTree): ManifestNode[] => [...levels.flat(), root];

const digestOf = ({ digest }: { digest: Digest }): Digest => digest;
