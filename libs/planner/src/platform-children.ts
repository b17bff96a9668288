import {
  type Digest,
  formatPlatform,
  isDigest,
  matchesPlatform,
  type Platform,
  type Reference,
} from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';

interface IndexEntry {
  readonly digest?: unknown;
  readonly platform?: { os?: string; architecture?: string; variant?: string };
}

interface Index {
  readonly digest: Digest;
  readonly repository: Reference['repository'];
}

// Of one task's indexes; more than that are asked about again.
const CHILDREN_REMEMBERED = 1_000;

/** Resolves the platforms of a source's indexes, each index once, however many tags name it. */
export class PlatformChildren {
  readonly #client: RegistryClient;
  /**
   * By digest and platform, the one that came last at the end; of a failure nothing is kept, and of an index, which may have
   * megabytes, no more than what was looked for.
   */
  readonly #children = new Map<string, Promise<Digest | undefined>>();

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  /** Digest of the first manifest of an index that fits the platform; absent: none does, or the index is malformed. */
  find(index: Index, platform: Platform, signal?: AbortSignal): Promise<Digest | undefined> {
    const key = `${index.digest} ${formatPlatform(platform)}`;
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const found = this.#read(index, platform, signal);
    this.#children.set(key, found);
    found.catch(() => this.#children.delete(key));
    const [oldest] = this.#children.keys();
    if (this.#children.size > CHILDREN_REMEMBERED && oldest !== undefined) this.#children.delete(oldest);
    return found;
  }

  async #read(
    { digest, repository }: Index,
    platform: Platform,
    signal: AbortSignal | undefined,
  ): Promise<Digest | undefined> {
    const { bytes } = await this.#client.getManifest(repository, digest, { signal });
    const found = parseEntries(bytes).find(
      (entry) => entry.platform !== undefined && matchesPlatform(entry.platform, platform),
    );
    return typeof found?.digest === 'string' && isDigest(found.digest) ? found.digest : undefined;
  }
}

function parseEntries(bytes: Uint8Array): readonly IndexEntry[] {
  try {
    const index: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const manifests = (index as { manifests?: unknown } | null)?.manifests;
    return Array.isArray(manifests)
      ? manifests.filter((entry) => typeof entry === 'object' && entry !== null)
      : [];
  } catch {
    return [];
  }
}
