import { type Descriptor, type Digest, type Manifest, SyncError } from '@regfleet/model';
import { forEachBounded } from './bounded.ts';
import { digestReference, type ImageCopy, isHeld } from './image-copy.ts';
import { at } from './located.ts';
import { parseManifest } from './parse-manifest.ts';
import { fetchManifest } from './source-manifest.ts';

/** A manifest with what has to be at the target before it: children that are there already are left out. */
export interface ManifestNode {
  readonly manifest: Manifest;
  /** Config and layers; of an index what it names besides manifests, mostly nothing. */
  readonly blobs: readonly Descriptor[];
  readonly children: readonly ManifestNode[];
}

// Deeper than any index known to exist.
const MAX_DEPTH = 8;
const MANIFESTS_AT_ONCE = 4;

/** Reads the graph below a manifest of the source. */
export function growTree(copy: ImageCopy, manifest: Manifest, signal: AbortSignal): Promise<ManifestNode> {
  return grow(copy, manifest, [], signal);
}

async function grow(
  copy: ImageCopy,
  manifest: Manifest,
  ancestors: readonly Digest[],
  signal: AbortSignal,
): Promise<ManifestNode> {
  if (isHeld(copy, manifest.digest)) return { manifest, blobs: [], children: [] };
  const place = {
    side: copy.source.side,
    reference: digestReference(copy.source.reference, manifest.digest),
  };
  const parsed = await at(place, signal, async () => parseManifest(manifest));
  if (parsed.kind === 'image') return { manifest, blobs: parsed.blobs, children: [] };
  const line = [...ancestors, manifest.digest];
  await at(place, signal, async () => checkLine(line, parsed.children));
  const { shared } = copy.state;
  await shared.learn(copy.target.reference.registry, parsed.children.map(digestOf));
  const bounds = { limit: MANIFESTS_AT_ONCE, signal };
  const children = await forEachBounded(parsed.children, bounds, async (child, either) => {
    if (await isThere(copy, child, either)) return [];
    const found = await fetchManifest(copy, child.digest, either);
    return [await grow(copy, found, line, either)];
  });
  return { manifest, blobs: parsed.blobs, children: children.flat() };
}

/** Refuses an index that contains itself, which only a registry that lies about digests can show. */
function checkLine(line: readonly Digest[], children: readonly Descriptor[]): void {
  const loop = children.find((child) => line.includes(child.digest));
  if (loop === undefined && line.length <= MAX_DEPTH) return;
  const message = loop
    ? `the index ${loop.digest} contains itself`
    : `indexes are nested ${line.length} deep`;
  throw new SyncError('MANIFEST_INVALID', { message, hint: 'push the image to the source again' });
}

/** Of a tag that changes, most children are likely to have stayed; of a new one, none is likely to be there. */
async function isThere(copy: ImageCopy, { digest }: Descriptor, signal: AbortSignal): Promise<boolean> {
  if (isHeld(copy, digest)) return true;
  if (!copy.isUpdate || !copy.trustsHoldings) return false;
  const { client, reference, side } = copy.target;
  const place = { side, reference: digestReference(reference, digest) };
  const head = await at(place, signal, () => client.headManifest(reference.repository, digest, { signal }));
  if (head === undefined) return false;
  copy.state.holdings.add(reference.registry, reference.repository, digest);
  return true;
}

/** Every blob below a manifest, each once. */
export function blobsOf(node: ManifestNode): Descriptor[] {
  const blobs = new Map<Digest, Descriptor>();
  for (const { blobs: own } of nodesOf(node)) for (const blob of own) blobs.set(blob.digest, blob);
  return [...blobs.values()];
}

/** Digests of every manifest and blob below a manifest, itself included. */
export function digestsOf(node: ManifestNode): Digest[] {
  return [...nodesOf(node).map(({ manifest }) => manifest.digest), ...blobsOf(node).map(digestOf)];
}

const digestOf = ({ digest }: { digest: Digest }): Digest => digest;

const nodesOf = (node: ManifestNode): ManifestNode[] => [node, ...node.children.flatMap(nodesOf)];
