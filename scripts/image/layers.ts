import { cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from '../check/run.ts';
import { layOutPackage } from '../release/package-folder.ts';
import { layOutPackages, writeCertificates } from './debian.ts';
import type { Downloads } from './download.ts';
import type { Architecture, ImageLock } from './lock.ts';
import { setModes } from './modes.ts';
import { runProgram } from './programs.ts';

export const VARIANTS = ['full', 'slim'] as const;
export type Variant = (typeof VARIANTS)[number];

/** From what changes least to what changes with each release: who pulls the next one pulls what is new. */
const LAYERS = ['debian', 'node', 'skopeo', 'regfleet'] as const;
export type Layer = (typeof LAYERS)[number];

export const layersOf = (variant: Variant): readonly Layer[] =>
  LAYERS.filter((layer) => layer !== 'skopeo' || variant === 'full');

export interface Ingredients {
  readonly architecture: Architecture;
  readonly lock: ImageLock;
  readonly downloads: Downloads;
}

/** Writes a part of the root file system into a folder that may have others already. */
export async function layOutLayer(layer: Layer, path: string, from: Ingredients): Promise<void> {
  const folder = resolve(path);
  mkdirSync(folder, { recursive: true });
  await LAY_OUT[layer](folder, from);
  setModes(folder);
}

const LAY_OUT: Readonly<Record<Layer, (folder: string, from: Ingredients) => Promise<void>>> = {
  debian: layOutDebian,
  node: layOutNode,
  skopeo: (folder, { architecture, lock, downloads }) =>
    layOutPackages(folder, lock.debian.packages[architecture].skopeo, downloads),
  regfleet: layOutRegfleet,
};

async function layOutDebian(folder: string, { architecture, lock, downloads }: Ingredients): Promise<void> {
  await layOutPackages(folder, lock.debian.packages[architecture].debian, downloads);
  writeCertificates(folder);
  for (const path of ['tmp', 'var/tmp', 'etc/regfleet']) mkdirSync(join(folder, path), { recursive: true });
}

async function layOutNode(folder: string, { architecture, lock, downloads }: Ingredients): Promise<void> {
  const { name, integrity } = lock.node.packages[architecture];
  const archive = await downloads.npm(`${name}@${lock.node.version}`, integrity);
  const local = join(folder, 'usr/local');
  mkdirSync(join(local, 'share/doc/node'), { recursive: true });
  const unpack = ['--extract', '--gzip', '--no-same-owner', '--strip-components=1', `--file=${archive}`];
  await runProgram('tar', [...unpack, '--directory', local, 'package/bin/node']);
  await runProgram('tar', [...unpack, '--directory', join(local, 'share/doc/node'), 'package/LICENSE']);
}

async function layOutRegfleet(folder: string): Promise<void> {
  cpSync(join(ROOT, 'deploy/images/root'), folder, { recursive: true });
  await layOutPackage(join(folder, 'opt/regfleet'));
}
