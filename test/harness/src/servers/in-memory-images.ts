import type { Manifest } from '@regfleet/model';
import { jsonBlob, type MadeBlob } from '../images/blob.ts';
import { asManifest, describe, type MadeImage, makeImage } from '../images/image.ts';

export interface InMemoryRepository {
  readonly name: string;
  readonly tags: Iterable<string>;
}

export interface InMemoryImage {
  readonly manifest: Manifest;
  readonly config: MadeBlob;
}

/** Images that are made when they are asked for: one common layer, and a config of their own. */
export class InMemoryImages {
  readonly #template: MadeImage = makeImage({ layers: ['shared by all'] });
  readonly #tags = new Map<string, ReadonlySet<string>>();
  readonly #revisions = new Map<string, number>();
  /** By digest, those that were shown: a client knows no others. */
  readonly #shown = new Map<string, () => Manifest | MadeBlob>();

  constructor(repositories: Iterable<InMemoryRepository>) {
    for (const { name, tags } of repositories) this.#tags.set(name, new Set([...tags].sort()));
    for (const layer of this.#template.layers) this.#shown.set(layer.digest, () => layer);
  }

  get repositories(): readonly string[] {
    return [...this.#tags.keys()].sort();
  }

  has(repository: string): boolean {
    return this.#tags.has(repository);
  }

  /** Sorted. */
  tags(repository: string): readonly string[] {
    return [...(this.#tags.get(repository) ?? [])];
  }

  /** Equal tags are equal images in all repositories and registries, until one is moved. */
  image(repository: string, tag: string): InMemoryImage | undefined {
    if (!this.#tags.get(repository)?.has(tag)) return undefined;
    const revision = this.#revisions.get(`${repository}:${tag}`) ?? 0;
    const made = this.#make(tag, revision);
    this.#shown.set(made.manifest.digest, () => this.#make(tag, revision).manifest);
    this.#shown.set(made.config.digest, () => this.#make(tag, revision).config);
    return made;
  }

  byDigest(digest: string): Manifest | MadeBlob | undefined {
    return this.#shown.get(digest)?.();
  }

  /** @param tags - absent: there is no such repository from now on. */
  fill(repository: string, tags: readonly string[] | undefined): void {
    if (tags === undefined) this.#tags.delete(repository);
    else this.#tags.set(repository, new Set([...tags].sort()));
  }

  /** Gives the tag another image. */
  move(repository: string, tag: string): void {
    const key = `${repository}:${tag}`;
    this.#revisions.set(key, (this.#revisions.get(key) ?? 0) + 1);
  }

  #make(tag: string, revision: number): InMemoryImage {
    const { config: common, layers, mediaType, platform } = this.#template;
    const config = jsonBlob(common.mediaType, {
      os: 'linux',
      ...platform,
      config: { Labels: { tag, revision: String(revision) } },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    });
    const manifest = { schemaVersion: 2, mediaType, config: describe(config), layers: layers.map(describe) };
    return { config, manifest: asManifest(jsonBlob(mediaType, manifest)) };
  }
}
