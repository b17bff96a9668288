import { type Digest, isDigest, matchesPlatform, type Platform, type Reference } from '@regfleet/model';
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
const INDEXES_REMEMBERED = 1_000;

/** Resolves the platforms of a source's indexes, each index once, however many tags name it. */
export class PlatformChildren {
  readonly #client: RegistryClient;
  /** By digest, the one that came last at the end; of a failure nothing is kept. */
  readonly #indexes = new Map<Digest, Promise<readonly IndexEntry[]>>();

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  /** Digest of the first manifest of an index that fits the platform; absent: none does, or the index is malformed. */
  async find(index: Index, platform: Platform, signal?: AbortSignal): Promise<Digest | undefined> {
    const entries = await this.#entriesOf(index, signal);
    const found = entries.find(
      (entry) => entry.platform !== undefined && matchesPlatform(entry.platform, platform),
    );
    return typeof found?.digest === 'string' && isDigest(found.digest) ? found.digest : undefined;
  }

  #entriesOf({ digest, repository }: Index, signal?: AbortSignal): Promise<readonly IndexEntry[]> {
    const known = this.#indexes.get(digest);
    if (known !== undefined) return known;
    const read = this.#client
      .getManifest(repository, digest, { signal })
      .then((manifest) => parseEntries(manifest.bytes));
    this.#indexes.set(digest, read);
    read.catch(() => this.#indexes.delete(digest));
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size > INDEXES_REMEMBERED && oldest !== undefined) this.#indexes.delete(oldest);
    return read;
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
