import { createHash } from 'node:crypto';
import {
  type Descriptor,
  type Digest,
  forEachBounded,
  isSyncError,
  type Manifest,
  parseManifest,
  type SyncError,
  toSyncError,
} from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';

/** `missing`: a manifest names it and the registry lacks it; `corrupt`: its bytes have another digest; `unknown`: it could not be told. */
export type ContentState = 'missing' | 'corrupt' | 'unknown';

/** Something that an image needs and that is not there as it should be. */
export type ContentProblem = {
  /** A digest, or of the image itself its tag. */
  readonly name: string;
  readonly state: ContentState;
  /** Why it is `unknown`, or what was found in place of it. */
  readonly error?: SyncError;
} & (
  | { readonly kind: 'manifest' }
  /** `blob`: what it should be. */
  | { readonly kind: 'blob'; readonly blob: Descriptor }
);

export interface ContentCheckOptions {
  /** True: every blob is read and its digest compared. Absent: it is asked for by HEAD. */
  readonly isDeep?: boolean;
  readonly signal: AbortSignal;
}

const AT_ONCE = 8;
// As a copy reads one: more is no image.
const MOST_MANIFESTS = 10_000;

/**
 * Whether a registry holds all that images are made of, down to the blobs. What is shared by images of a repository is asked for once,
 * and told once: with the first image that names it.
 */
export class ContentCheck {
  readonly #client: RegistryClient;
  readonly #options: ContentCheckOptions;
  /** Repository and digest of what was asked for. */
  readonly #seen = new Set<string>();
  #blobs = 0;

  constructor(client: RegistryClient, options: ContentCheckOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** How many blobs were asked for so far. */
  get blobCount(): number {
    return this.#blobs;
  }

  /**
   * @param name - tag or digest.
   * @throws the abort reason.
   */
  async problemsOf(repository: string, name: string): Promise<ContentProblem[]> {
    const problems: ContentProblem[] = [];
    const blobs = new Map<Digest, Descriptor>();
    let names: readonly string[] = [name];
    let count = 0;
    while (names.length > 0 && count < MOST_MANIFESTS) {
      count += names.length;
      const bounds = { limit: AT_ONCE, signal: this.#options.signal };
      const found = await forEachBounded(names, bounds, (each, signal) =>
        this.#manifest(repository, each, signal),
      );
      const below: string[] = [];
      for (const part of found) {
        problems.push(...part.problems);
        for (const blob of part.blobs) if (this.#isNew(repository, blob.digest)) blobs.set(blob.digest, blob);
        below.push(...part.children.filter((digest) => this.#isNew(repository, digest)));
      }
      names = below;
    }
    const bounds = { limit: AT_ONCE, signal: this.#options.signal };
    const asked = await forEachBounded([...blobs.values()], bounds, (blob, signal) =>
      this.#blob(repository, blob, signal),
    );
    return [...problems, ...asked.filter((problem) => problem !== undefined)];
  }

  #isNew(repository: string, digest: Digest): boolean {
    const key = `${repository} ${digest}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  async #manifest(repository: string, name: string, signal: AbortSignal): Promise<Parts> {
    try {
      return partsOf(await this.#client.getManifest(repository, name, { signal }));
    } catch (error) {
      signal.throwIfAborted();
      return {
        children: [],
        blobs: [],
        problems: [{ kind: 'manifest', name, ...stateOf(error) }],
      };
    }
  }

  async #blob(
    repository: string,
    blob: Descriptor,
    signal: AbortSignal,
  ): Promise<ContentProblem | undefined> {
    const { digest: name } = blob;
    this.#blobs += 1;
    try {
      if (this.#options.isDeep === true) return await this.#read(repository, blob, signal);
      const isThere = await this.#client.headBlob(repository, name, { signal });
      if (isThere === true) return undefined;
      return { kind: 'blob', name, blob, state: isThere === false ? 'missing' : 'unknown' };
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'blob', name, blob, ...stateOf(error) };
    }
  }

  async #read(
    repository: string,
    blob: Descriptor,
    signal: AbortSignal,
  ): Promise<ContentProblem | undefined> {
    const [algorithm = 'sha256', hex] = blob.digest.split(':');
    const hash = createHash(algorithm);
    const reader = await this.#client.getBlob(repository, blob, { signal });
    try {
      for (let piece = await reader.read(); piece !== undefined; piece = await reader.read())
        hash.update(piece);
    } finally {
      reader.close();
    }
    if (hash.digest('hex') === hex) return undefined;
    return { kind: 'blob', name: blob.digest, blob, state: 'corrupt' };
  }
}

interface Parts {
  readonly children: readonly Digest[];
  readonly blobs: readonly Descriptor[];
  readonly problems: readonly ContentProblem[];
}

function partsOf(manifest: Manifest): Parts {
  const parsed = parseManifest(manifest);
  const children = parsed.kind === 'index' ? parsed.children.map(({ digest }) => digest) : [];
  return { children, blobs: parsed.blobs, problems: [] };
}

const MISSING: readonly string[] = ['MANIFEST_UNKNOWN', 'BLOB_UNKNOWN'];
const CORRUPT: readonly string[] = ['DIGEST_MISMATCH', 'STREAM_TRUNCATED'];

function stateOf(error: unknown): Pick<ContentProblem, 'state' | 'error'> {
  const told = toSyncError(error);
  if (isSyncError(error) && MISSING.includes(error.code)) return { state: 'missing' };
  return { state: CORRUPT.includes(told.code) ? 'corrupt' : 'unknown', error: told };
}
