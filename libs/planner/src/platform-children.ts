import {
  BoundedMap,
  childFor,
  type Digest,
  type ErrorCode,
  filterIndex,
  formatPlatform,
  isPlatformList,
  isSyncError,
  type Manifest,
  type Platform,
  type PlatformList,
  type Reference,
} from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';

interface Index {
  readonly digest: Digest;
  readonly repository: Reference['repository'];
}

// Of one task's indexes; more than that are asked about again.
const BOUNDS = { limit: 1_000, maxAgeMs: 25 * 60 * 60_000 };

// An image that cannot be picked is told by its copy.
const NO_CHILD: ReadonlySet<ErrorCode> = new Set([
  'MANIFEST_INVALID',
  'MEDIA_TYPE_UNSUPPORTED',
  'PLATFORM_UNKNOWN',
]);

/** Resolves the platforms of a source's indexes, each index once, however many tags name it. */
export class PlatformChildren {
  readonly #client: RegistryClient;
  /**
   * By digest and platform; of a failure nothing is kept, and of an index, which may have megabytes, no more than what was
   * looked for.
   */
  readonly #children = new BoundedMap<string, Promise<Digest | undefined>>(BOUNDS);

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  /** Digest of what a copy would make of an index for the platform, or platforms; absent: there is nothing, or the index is malformed. */
  find(index: Index, platform: Platform | PlatformList, signal?: AbortSignal): Promise<Digest | undefined> {
    const key = `${index.digest} ${formatPlatform(platform)}`;
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const found = this.#read(index, platform, signal);
    this.#children.set(key, found);
    found.catch(() => this.#children.delete(key));
    return found;
  }

  async #read(
    { digest, repository }: Index,
    platform: Platform | PlatformList,
    signal: AbortSignal | undefined,
  ): Promise<Digest | undefined> {
    const read = (name: Digest): Promise<Manifest> => this.#client.getManifest(repository, name, { signal });
    try {
      const root = await read(digest);
      if (isPlatformList(platform)) return filterIndex(root, platform).manifest.digest;
      return await childFor(root, platform, read);
    } catch (error) {
      if (isSyncError(error) && NO_CHILD.has(error.code)) return undefined;
      throw error;
    }
  }
}
