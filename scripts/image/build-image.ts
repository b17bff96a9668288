import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../check/run.ts';
import { readRuntimeConfig } from './dockerfile.ts';
import { type Ingredients, type Layer, layersOf, layOutLayer, type Variant } from './layers.ts';
import type { Architecture } from './lock.ts';
import { type Descriptor, OciLayout } from './oci-layout.ts';
import type { PackedLayer } from './pack-layer.ts';
import { readRevision } from './revision.ts';

const MIB = 2 ** 20;

type Say = (line: string) => void;
type From = Omit<Ingredients, 'architecture'>;

/** Writes the whole root file system into a folder. @throws {Error} unless that is empty or missing. */
export async function layOutRoot(root: string, variant: Variant, from: Ingredients): Promise<void> {
  if (existsSync(root) && readdirSync(root).length > 0) throw new Error(`${root} is not empty`);
  for (const layer of layersOf(variant)) await layOutLayer(layer, root, from);
}

/** Writes an OCI layout with an image for each variant, and an index of them where there are several architectures. */
export async function buildLayout(
  output: string,
  wanted: { readonly architectures: readonly Architecture[]; readonly variants: readonly Variant[] },
  from: From,
  say: Say,
): Promise<void> {
  // Never removes what it has not written itself.
  const isReplaced = existsSync(join(output, 'oci-layout'));
  if (!isReplaced && existsSync(output) && readdirSync(output).length > 0)
    throw new Error(`${output} is neither empty nor an OCI layout`);
  mkdirSync(dirname(output), { recursive: true });
  const part = mkdtempSync(`${output}.part-`);
  chmodSync(part, 0o755);
  try {
    const layout = new OciLayout(part);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const images = new Map<Variant, Descriptor[]>(wanted.variants.map((variant) => [variant, []]));
    const annotations = await annotationsOf(version);
    for (const architecture of wanted.architectures)
      for (const [variant, image] of await addImages(layout, wanted.variants, {
        ...from,
        architecture,
        annotations,
        say,
      }))
        images.get(variant)?.push(image);
    for (const [variant, manifests] of images) {
      const [only] = manifests;
      const image =
        manifests.length === 1 && only !== undefined ? only : layout.addIndex(manifests, annotations);
      const tag = variant === 'full' ? version : `${version}-${variant}`;
      layout.tag(image, tag);
      say(`${tag}: ${image.digest}`);
    }
    layout.finish();
    rmSync(output, { recursive: true, force: true });
    renameSync(part, output);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

async function annotationsOf(version: string): Promise<Record<string, string>> {
  const { name, created } = await readRevision();
  return {
    'org.opencontainers.image.created': created,
    'org.opencontainers.image.revision': name,
    'org.opencontainers.image.version': version,
  };
}

type Addition = Ingredients & { readonly annotations: Readonly<Record<string, string>>; readonly say: Say };

/** The images of one architecture, which share layers. */
async function addImages(
  layout: OciLayout,
  variants: readonly Variant[],
  addition: Addition,
): Promise<[Variant, Descriptor][]> {
  const { architecture, annotations, say } = addition;
  const packed = new Map<Layer, PackedLayer>();
  for (const layer of new Set(variants.flatMap(layersOf)))
    packed.set(layer, await packOne(layout, layer, addition));
  const runtime = readRuntimeConfig();
  const created = annotations['org.opencontainers.image.created'] ?? '';
  return variants.map((variant) => {
    const layers = layersOf(variant).flatMap((name) => {
      const layer = packed.get(name);
      return layer === undefined ? [] : [{ name, ...layer }];
    });
    const sizes = layers.map(
      ({ name, sizeBytes, packedBytes }) => `${name} ${mib(sizeBytes)} (${mib(packedBytes)})`,
    );
    const total = `${mib(sum(layers, 'sizeBytes'))} (${mib(sum(layers, 'packedBytes'))})`;
    say(`linux/${architecture} ${variant}: ${total} MiB and compressed, of it ${sizes.join(', ')}`);
    return [variant, layout.addImage({ architecture, runtime, layers, created, annotations })];
  });
}

async function packOne(layout: OciLayout, layer: Layer, from: Ingredients): Promise<PackedLayer> {
  const folder = mkdtempSync(join(tmpdir(), 'rf-layer-'));
  try {
    await layOutLayer(layer, folder, from);
    return await layout.addLayer(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const sum = (layers: readonly PackedLayer[], key: 'sizeBytes' | 'packedBytes'): number =>
  layers.reduce((total, layer) => total + layer[key], 0);

const mib = (bytes: number): string => (bytes / MIB).toFixed(1);
