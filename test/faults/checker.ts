import { setTimeout as pause } from 'node:timers/promises';
import { digestOf, type FilledTag, listTags, type RegistryEndpoint, readManifest } from '@regfleet/harness';
import { isIndexMediaType } from '@regfleet/model';
import type { AllBelongings, Belongings } from './belongings.ts';
import type { Content } from './content.ts';

const EVERY_MS = 250;
const AT_ONCE = 8;

/** What the checker has seen. */
export interface Seen {
  /** Tags that it found, each looked into once by the way and once at the end. */
  readonly tags: number;
  /** Blobs that they need, one of several tags as often. */
  readonly blobs: number;
  readonly problems: readonly string[];
}

/**
 * Reads a target while it is written to: a tag that is there has to be the right one, with all that it needs and all that belongs to it.
 *
 * It asks the registry itself, not the proxy that spoils it.
 */
export class TargetChecker {
  readonly #target: RegistryEndpoint;
  readonly #wanted: ReadonlyMap<string, FilledTag>;
  readonly #belongings: AllBelongings;
  readonly #repositories: readonly string[];
  readonly #whole = new Map<string, number>();
  readonly #blobs = new Set<string>();
  readonly #problems = new Set<string>();

  constructor(target: RegistryEndpoint, { images, belongings }: Pick<Content, 'images' | 'belongings'>) {
    this.#target = target;
    this.#belongings = belongings;
    this.#wanted = new Map(images.map((image) => [`${image.repository}:${image.tag}`, image]));
    this.#repositories = [...new Set(images.map(({ repository }) => repository))];
  }

  get seen(): Seen {
    const blobs = [...this.#whole.values()].reduce((sum, count) => sum + count, 0);
    return { tags: this.#whole.size, blobs, problems: [...this.#problems] };
  }

  /** Looks at what is new until the returned is disposed of. */
  watch(): AsyncDisposable {
    const end = new AbortController();
    const watching = this.#watch(end.signal);
    return {
      [Symbol.asyncDispose]: () => {
        end.abort();
        return watching;
      },
    };
  }

  async #watch(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      await this.look();
      await pause(EVERY_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  /** Looks at every tag once more, and misses those that are not there. */
  async finish(): Promise<void> {
    this.#whole.clear();
    this.#blobs.clear();
    await this.look();
    for (const name of this.#wanted.keys())
      if (!this.#whole.has(name)) this.#problems.add(`${name} is missing or not whole`);
  }

  /** At what is new. */
  async look(): Promise<void> {
    for (const repository of this.#repositories) {
      const tags = await listTags(this.#target, repository).catch((error: unknown) => {
        this.#problems.add(`tags of ${repository}: ${error}`);
        return [];
      });
      const names = tags.filter((tag) => !BELONGS.test(tag));
      const pending = names.filter((tag) => !this.#whole.has(`${repository}:${tag}`)).values();
      const checkNext = async (): Promise<void> => {
        for (const tag of pending) await this.#check(repository, tag);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, checkNext));
    }
  }

  async #check(repository: string, tag: string): Promise<void> {
    const name = `${repository}:${tag}`;
    try {
      if (!(await this.#isKnown(repository, tag))) return;
      const { digest, blobs } = await this.#read(repository, tag);
      const wanted = this.#wanted.get(name)?.digest;
      if (digest !== wanted) throw new Error(`has ${digest}, not ${wanted}`);
      const belongings = this.#belongings.get(name);
      const further = belongings === undefined ? 0 : await this.#readBelongings(repository, belongings);
      this.#whole.set(name, blobs + further);
    } catch (error) {
      this.#problems.add(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Distribution lists a tag a moment before it knows its manifest, and answers 500 while it is writing what the tag names. */
  async #isKnown(repository: string, tag: string): Promise<boolean> {
    const known = (): Promise<string | undefined> => digestOf(this.#target, repository, tag);
    const digest = await known().catch(() => pause(EVERY_MS).then(known));
    return digest !== undefined;
  }

  /** @throws {Error} where something that the manifest needs is not there. */
  async #read(repository: string, reference: string): Promise<{ digest: string; blobs: number }> {
    const manifest = await readManifest(this.#target, repository, reference);
    const content = JSON.parse(Buffer.from(manifest.bytes).toString()) as Needed;
    let blobs = 0;
    if (isIndexMediaType(manifest.mediaType))
      for (const child of content.manifests ?? [])
        blobs += (await this.#read(repository, child.digest)).blobs;
    else
      for (const blob of [content.config, ...(content.layers ?? [])]) {
        if (blob !== undefined) await this.#checkBlob(repository, blob);
        blobs += 1;
      }
    return { digest: manifest.digest, blobs };
  }

  /** @returns how many blobs they need. @throws {Error} where one of them is not there. */
  async #readBelongings(repository: string, { listTag, referrers, signature }: Belongings): Promise<number> {
    const signed = await this.#read(repository, signature.tag);
    if (signed.digest !== signature.digest) throw new Error(`${signature.tag} is ${signed.digest}`);
    const list = await readManifest(this.#target, repository, listTag);
    const { manifests = [] } = JSON.parse(Buffer.from(list.bytes).toString()) as Needed;
    const listed = new Set(manifests.map(({ digest }) => digest));
    let { blobs } = signed;
    for (const digest of referrers) {
      if (!listed.has(digest)) throw new Error(`${listTag} does not list ${digest}`);
      blobs += (await this.#read(repository, digest)).blobs;
    }
    return blobs;
  }

  async #checkBlob(repository: string, { digest, size }: Descriptor): Promise<void> {
    const path = `${repository}/blobs/${digest}`;
    if (this.#blobs.has(path)) return;
    const answer = await fetch(`${this.#target.url}/v2/${path}`, { method: 'HEAD' });
    const length = Number(answer.headers.get('content-length'));
    if (answer.status !== 200 || length !== size)
      throw new Error(`HEAD ${path}: ${answer.status} with ${length} bytes of ${size}`);
    this.#blobs.add(path);
  }
}

// Lists of referrers, and what cosign keeps.
const BELONGS = /^sha256-/;

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

interface Needed {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}
