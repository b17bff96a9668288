import type { Digest, Manifest } from '@regfleet/model';
import { RegistryClient } from '../registry/client.ts';
import type { RegistryEndpoint } from '../registry/endpoint.ts';
import type { MadeArtifact } from './artifact.ts';
import type { MadeBlob } from './blob.ts';
import type { ImageRecipe, MadeImage } from './image.ts';
import { type IndexOptions, type MadeIndex, makeIndex, toImage } from './image-index.ts';

/** Makes the image where a recipe is given, and pushes it. */
export async function pushImage(
  registry: RegistryEndpoint,
  repository: string,
  tag: string,
  image: ImageRecipe | MadeImage,
): Promise<MadeImage> {
  const made = toImage(image);
  using client = new RegistryClient(registry);
  await new Pusher(client).push(repository, tag, made);
  return made;
}

/** Pushes the images by digest and the index by tag. */
export async function pushIndex(
  registry: RegistryEndpoint,
  repository: string,
  tag: string,
  index:
    | MadeIndex
    | { readonly images: readonly (ImageRecipe | MadeImage)[]; readonly options?: IndexOptions },
): Promise<MadeIndex> {
  const made = 'kind' in index ? index : makeIndex(index.images, index.options);
  using client = new RegistryClient(registry);
  await new Pusher(client).push(repository, tag, made);
  return made;
}

/** @param name - a tag; absent: by its digest. */
export async function pushArtifact(
  registry: RegistryEndpoint,
  repository: string,
  artifact: MadeArtifact,
  name: string = artifact.digest,
): Promise<void> {
  using client = new RegistryClient(registry);
  await new Pusher(client).push(repository, name, artifact);
}

/** Puts a manifest whose content is there. */
export async function putManifest(
  registry: RegistryEndpoint,
  repository: string,
  name: string,
  manifest: Pick<Manifest, 'bytes' | 'mediaType'>,
): Promise<void> {
  using client = new RegistryClient(registry);
  await new Pusher(client).putManifest(repository, name, manifest);
}

/** Pushes to one registry; a blob is sent once, and mounted where another repository wants it. */
export class Pusher {
  readonly #client: RegistryClient;
  /** Per blob and repository, and per blob alone where it was first. */
  readonly #pushes = new Map<string, Promise<string>>();

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  async push(repository: string, tag: string, content: MadeImage | MadeIndex | MadeArtifact): Promise<void> {
    const images = content.kind === 'index' ? content.images : [content];
    for (const image of images) {
      await Promise.all([image.config, ...image.layers].map((blob) => this.#pushBlob(repository, blob)));
      if (content.kind === 'index') await this.putManifest(repository, image.digest, image);
    }
    await this.putManifest(repository, tag, content);
  }

  /** @returns the repository, once it holds the blob. */
  #pushBlob(repository: string, blob: MadeBlob): Promise<string> {
    const key = `${repository}@${blob.digest}`;
    const begun = this.#pushes.get(key);
    if (begun !== undefined) return begun;
    const first = this.#pushes.get(blob.digest);
    const push = this.#mountOrUpload(repository, blob, first);
    this.#pushes.set(key, push);
    if (first === undefined) this.#pushes.set(blob.digest, push);
    return push;
  }

  async #mountOrUpload(repository: string, blob: MadeBlob, first?: Promise<string>): Promise<string> {
    const from = await first;
    const query = from === undefined ? '' : `?${new URLSearchParams({ mount: blob.digest, from })}`;
    const path = `${repository}/blobs/uploads/${query}`;
    const begun = await this.#client.send({ method: 'POST', path });
    begun.stream.resume();
    if (begun.status === 201) return repository;
    if (begun.status !== 202) throw new Error(`POST ${path}: ${begun.status}`);
    const location = new URL(begun.headers.location ?? '', `${this.#client.url}/v2/`);
    location.searchParams.set('digest', blob.digest);
    await this.#client.expectEmpty(201, {
      method: 'PUT',
      path: location.href,
      headers: { 'content-type': 'application/octet-stream' },
      body: blob,
    });
    return repository;
  }

  async putManifest(
    repository: string,
    reference: string | Digest,
    manifest: Pick<Manifest, 'bytes' | 'mediaType'>,
  ): Promise<void> {
    await this.#client.expectEmpty(201, {
      method: 'PUT',
      path: `${repository}/manifests/${reference}`,
      headers: { 'content-type': manifest.mediaType },
      body: { sizeBytes: manifest.bytes.byteLength, chunks: () => [manifest.bytes] },
    });
  }
}
