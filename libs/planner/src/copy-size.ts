import {
  childFor,
  type Descriptor,
  type Digest,
  filterIndex,
  forEachBounded,
  isIndexMediaType,
  isPlatformList,
  localPlatform,
  type Manifest,
  manifestName,
  type PlatformSelection,
  parseManifest,
} from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';
import type { PlanEntry } from './contract.ts';

/** What a copy is about to cost; what images share is counted with the first of them. */
export interface ImageSize {
  /** Of blobs that go from registry to registry. */
  readonly bytesToMove: number;
  /** Of blobs that another repository of the target's registry has, or will have by then, and can be mounted. */
  readonly bytesToMount: number;
  /** Of blobs that the target's repository has. */
  readonly bytesThere: number;
  /** Reads of manifests that the source counts; 0 where it counts none. */
  readonly pulls: number;
}

export const NO_SIZE: ImageSize = { bytesToMove: 0, bytesToMount: 0, bytesThere: 0, pulls: 0 };

export const addSizes = (left: ImageSize, right: ImageSize): ImageSize => ({
  bytesToMove: left.bytesToMove + right.bytesToMove,
  bytesToMount: left.bytesToMount + right.bytesToMount,
  bytesThere: left.bytesThere + right.bytesThere,
  pulls: left.pulls + right.pulls,
});

interface Sides {
  readonly source: RegistryClient;
  readonly target: RegistryClient;
}

export interface CopySizeOptions {
  readonly signal: AbortSignal;
  /** How many digests are remembered at most. */
  readonly limit?: number;
}

const AT_ONCE = 8;
// 100 MB of memory, and more than any plan that somebody reads.
const MOST_DIGESTS = 500_000;
// As a copy reads one: more is no image.
const MOST_MANIFESTS = 1_000;

type PlannedImage = Extract<PlanEntry, { kind: 'image' }>;

/** What one image needs that no image before it has brought to the target. */
interface Content {
  readonly blobs: ReadonlyMap<Digest, Descriptor>;
  readonly manifests: readonly Digest[];
}

/**
 * How much the direct relay would move for the images of a plan, in their order. Their manifests are read at the source, as a copy
 * reads them, and their blobs asked for at the target, each once.
 */
export class CopySize {
  readonly #options: CopySizeOptions;
  /** Registry and digest -> repositories that have it, or will. */
  readonly #places = new Map<string, Set<string>>();
  #count = 0;
  /** Registry and digest of manifests that the source has told. */
  readonly #read = new Set<string>();

  constructor(options: CopySizeOptions) {
    this.#options = options;
  }

  /** True: so much is remembered that no further image should be added. */
  get isFull(): boolean {
    return this.#count + this.#read.size >= (this.#options.limit ?? MOST_DIGESTS);
  }

  /** @throws {SyncError} where the source does not tell what the image is made of; the abort reason. */
  async add(image: PlannedImage, sides: Sides): Promise<ImageSize> {
    const { request, drift } = image;
    // The target has the image, and lacks only what belongs to it.
    if (drift.why !== undefined) return NO_SIZE;
    const { source, target } = request;
    const pulls = { count: 0 };
    const read = (name: string): Promise<Manifest> => this.#manifest(image, sides, { name, pulls });
    const root = await read(drift.sourceDigest ?? manifestName(source));
    const chosen = await chosenManifest(root, request.platform ?? drift.pickedPlatform, read);
    const isOneRepository = source.registry === target.registry && source.repository === target.repository;
    if (isOneRepository) return { ...NO_SIZE, pulls: pulls.count };
    const content = await this.#contentOf(chosen, image, { sides, read });
    const bytes = await this.#bytesOf(image, content, sides);
    for (const digest of [chosen.digest, ...content.manifests])
      this.#place(target.registry, target.repository, digest);
    return { ...bytes, pulls: pulls.count };
  }

  async #manifest(
    { request: { source } }: PlannedImage,
    { source: client }: Sides,
    { name, pulls }: { readonly name: string; readonly pulls: { count: number } },
  ): Promise<Manifest> {
    const manifest = await client.getManifest(source.repository, name, { signal: this.#options.signal });
    const key = keyOf(source.registry, manifest.digest);
    if (client.countsPulls && !this.#read.has(key)) pulls.count += 1;
    this.#read.add(key);
    return manifest;
  }

  /** Of a tag that changes, the children that the target has are not read. */
  async #contentOf(
    chosen: Manifest,
    { request: { target }, drift }: PlannedImage,
    { sides, read }: { readonly sides: Sides; readonly read: (name: string) => Promise<Manifest> },
  ): Promise<Content> {
    const { signal } = this.#options;
    const blobs = new Map<Digest, Descriptor>();
    const manifests: Digest[] = [];
    const seen = new Set<Digest>([chosen.digest]);
    const isThere = async (digest: Digest): Promise<boolean> => {
      if (this.#isPlaced(target.registry, target.repository, digest)) return true;
      if (drift.state !== 'stale') return false;
      const head = await sides.target.headTarget(target.repository, digest, { signal });
      return head !== undefined && !('untold' in head);
    };
    let level: readonly Manifest[] = this.#isPlaced(target.registry, target.repository, chosen.digest)
      ? []
      : [chosen];
    while (level.length > 0 && seen.size <= MOST_MANIFESTS) {
      const parsed = level.map((manifest) => parseManifest(manifest));
      for (const blob of parsed.flatMap((each) => each.blobs)) blobs.set(blob.digest, blob);
      const below = parsed
        .flatMap((each) => (each.kind === 'index' ? each.children : []))
        .map(({ digest }) => digest)
        .filter((digest) => !seen.has(digest) && seen.add(digest) !== undefined);
      const found = await forEachBounded(below, { limit: AT_ONCE, signal }, async (digest) => {
        manifests.push(digest);
        return (await isThere(digest)) ? [] : [await read(digest)];
      });
      level = found.flat();
    }
    return { blobs, manifests };
  }

  async #bytesOf(
    { request: { source, target }, drift }: PlannedImage,
    { blobs }: Content,
    { target: client }: Sides,
  ): Promise<Omit<ImageSize, 'pulls'>> {
    const { registry, repository } = target;
    const { signal } = this.#options;
    const asked = [...blobs.values()].filter(({ digest }) => !this.#isPlaced(registry, repository, digest));
    const found = await forEachBounded(asked, { limit: AT_ONCE, signal }, async (blob) => {
      const isNew = drift.isNewRepository === true;
      return {
        blob,
        isThere: !isNew && (await client.headBlob(repository, blob.digest, { signal })) === true,
      };
    });
    const bytes = { bytesToMove: 0, bytesToMount: 0, bytesThere: 0 };
    for (const { blob, isThere } of found) {
      const isNear = source.registry === registry || this.#places.has(keyOf(registry, blob.digest));
      bytes[isThere ? 'bytesThere' : isNear ? 'bytesToMount' : 'bytesToMove'] += blob.sizeBytes;
      this.#place(registry, repository, blob.digest);
    }
    return bytes;
  }

  #isPlaced(registry: string, repository: string, digest: Digest): boolean {
    return this.#places.get(keyOf(registry, digest))?.has(repository) === true;
  }

  #place(registry: string, repository: string, digest: Digest): void {
    const key = keyOf(registry, digest);
    const known = this.#places.get(key) ?? new Set();
    if (!known.has(repository)) this.#count += 1;
    this.#places.set(key, known.add(repository));
  }
}

const keyOf = (registry: string, digest: Digest): string => `${registry} ${digest}`;

/** What of a manifest belongs under the target's name, as the direct relay picks it. */
async function chosenManifest(
  root: Manifest,
  platform: PlatformSelection | undefined,
  read: (name: string) => Promise<Manifest>,
): Promise<Manifest> {
  if (platform === 'all' || !isIndexMediaType(root.mediaType)) return root;
  if (isPlatformList(platform)) return filterIndex(root, platform).manifest;
  return read(await childFor(root, platform ?? localPlatform(), read));
}
