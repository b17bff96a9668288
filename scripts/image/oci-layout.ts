import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeConfig } from './dockerfile.ts';
import type { Architecture } from './lock.ts';
import { type PackedLayer, packLayer } from './pack-layer.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: 'linux'; readonly architecture: Architecture };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image for one architecture. */
export interface ImageContent {
  readonly architecture: Architecture;
  readonly runtime: RuntimeConfig;
  readonly layers: readonly (PackedLayer & { readonly name: string })[];
  /** ISO 8601. */
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A folder of images as https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md has it. */
export class OciLayout {
  readonly #folder: string;
  readonly #blobs: string;
  readonly #references: Descriptor[] = [];

  /** @param folder - empty or missing. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#blobs = join(folder, 'blobs/sha256');
    mkdirSync(this.#blobs, { recursive: true });
  }

  async addLayer(folder: string): Promise<PackedLayer> {
    const part = join(this.#blobs, 'part');
    const layer = await packLayer(folder, part);
    renameSync(part, this.#pathOf(layer.digest));
    return layer;
  }

  addImage(image: ImageContent): Descriptor {
    const { architecture, runtime, layers, created, annotations } = image;
    const config = this.#addJson(CONFIG, {
      created,
      architecture,
      os: 'linux',
      config: { ...runtime, Labels: { ...runtime.Labels, ...annotations } },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(({ name }) => ({ created, created_by: `npm run image: ${name}` })),
    });
    const manifest = this.#addJson(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config,
      layers: layers.map(({ digest, packedBytes }) => ({ mediaType: LAYER, digest, size: packedBytes })),
      annotations,
    });
    return { ...manifest, platform: { os: 'linux', architecture } };
  }

  addIndex(manifests: readonly Descriptor[], annotations: Readonly<Record<string, string>>): Descriptor {
    return this.#addJson(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests, annotations });
  }

  /** Gives an image or index a name. */
  tag(descriptor: Descriptor, tag: string): void {
    const annotations = { 'org.opencontainers.image.ref.name': tag };
    this.#references.push({ ...descriptor, annotations });
  }

  /** The last that is written: before that it is no layout. */
  finish(): void {
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: this.#references };
    writeFileSync(join(this.#folder, 'index.json'), JSON.stringify(index));
    writeFileSync(join(this.#folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  }

  #addJson(mediaType: string, document: object): Descriptor {
    const bytes = Buffer.from(JSON.stringify(document));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    writeFileSync(this.#pathOf(digest), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  #pathOf = (digest: string): string => join(this.#blobs, digest.replace('sha256:', ''));
}
