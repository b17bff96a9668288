import type { Descriptor } from '@regfleet/model';
import type { BlobReader, RegistryClient } from '@regfleet/registry';
import { SharedBlob } from './shared-blob.ts';

/** A blob as a copy reads it. */
export interface WantedBlob {
  /** As which account it is read: what one may read is no other's. */
  readonly client: Pick<RegistryClient, 'getBlob'>;
  readonly repository: string;
  readonly blob: Descriptor;
}

export interface SharedContentOptions {
  /** Of all blobs together, for those who have not begun to read. */
  readonly mostBytes: number;
  /** More than that, for those who read beside each other and are not as fast as the first. */
  readonly apartBytes: number;
  /** How long a blob is kept after it was read last. */
  readonly keptMs: number;
}

// More of them are too small to matter, and each has to be looked at.
const MOST_BLOBS = 4_096;

interface Entry {
  readonly shared: SharedBlob;
  /** The target registries that have it. */
  readonly takers: Set<string>;
  readonly end: NodeJS.Timeout;
}

/**
 * Content of sources that several targets want, read once for all of them as long as there is room for what those have not taken yet that
 * are slower. Room goes to what came first: that is wanted next.
 */
export class SharedContent {
  readonly #options: SharedContentOptions;
  /** Those that began last come last. */
  readonly #entries = new Map<string, Entry>();
  readonly #accounts = new WeakMap<WantedBlob['client'], number>();
  #accountCount = 0;
  #keptBytes = 0;

  constructor(options: SharedContentOptions) {
    this.#options = options;
  }

  /** Bytes in memory. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** @throws as `RegistryClient.getBlob`. */
  async open(wanted: WantedBlob, signal: AbortSignal): Promise<BlobReader> {
    const { client, repository, blob } = wanted;
    const key = this.#keyOf(wanted);
    const known = this.#entries.get(key);
    const isAlone = known === undefined ? this.#entries.size >= MOST_BLOBS : !known.shared.isOpen;
    if (isAlone) return await client.getBlob(repository, blob, { signal });
    const entry = known ?? this.#begin(key, wanted);
    entry.end.refresh();
    return await entry.shared.read(signal);
  }

  /** @param among - how many want it, `taker` included, who has it now. */
  took(wanted: WantedBlob, taker: string, among: number): void {
    const key = this.#keyOf(wanted);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.takers.add(taker);
    if (entry.takers.size >= among || !entry.shared.isOpen) this.#end(key, entry);
  }

  /** What has come of it may be wrong. */
  forget(wanted: WantedBlob): void {
    const key = this.#keyOf(wanted);
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#end(key, entry);
  }

  #begin(key: string, { client, repository, blob }: WantedBlob): Entry {
    const shared = new SharedBlob(
      blob.sizeBytes,
      (fromBytes, signal) => client.getBlob(repository, blob, { signal, fromBytes }),
      {
        onChange: (bytes) => {
          this.#keptBytes += bytes;
          if (bytes > 0) this.#makeRoom(key);
        },
        onLeft: () => {
          if (!shared.isOpen) this.#end(key, entry);
        },
      },
    );
    const end = setTimeout(() => {
      if (shared.isRead) end.refresh();
      else this.#end(key, entry);
    }, this.#options.keptMs).unref();
    const entry: Entry = { shared, takers: new Set(), end };
    this.#entries.set(key, entry);
    return entry;
  }

  /** Those who read it already get what they need as long as they do. */
  #end(key: string, { shared, end }: Entry): void {
    shared.release();
    if (shared.isRead) return;
    clearTimeout(end);
    this.#entries.delete(key);
  }

  /**
   * Of what came last no more is kept than its readers need. Where that is too much, what nobody reads at the moment goes, the latest
   * before others; then what those who are behind would read.
   */
  #makeRoom(latest: string): void {
    const { mostBytes, apartBytes } = this.#options;
    if (this.#keptBytes > mostBytes) this.#entries.get(latest)?.shared.release();
    const isTooMuch = (): boolean => this.#keptBytes > mostBytes + apartBytes;
    if (!isTooMuch()) return;
    const latestFirst = [...this.#entries].reverse();
    for (const [key, entry] of latestFirst) if (isTooMuch()) this.#end(key, entry);
    for (const [, { shared }] of latestFirst) while (isTooMuch() && shared.keptBytes > 0) shared.dropFirst();
  }

  #keyOf({ client, repository, blob }: WantedBlob): string {
    return `${this.#accountOf(client)} ${repository}@${blob.digest}`;
  }

  #accountOf(client: WantedBlob['client']): number {
    const known = this.#accounts.get(client) ?? this.#accountCount++;
    this.#accounts.set(client, known);
    return known;
  }
}
