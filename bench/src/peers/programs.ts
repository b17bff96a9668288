import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from '@regfleet/harness';
import type { ContenderName } from '../contenders/contender.ts';

/** Where `npm run bench:peers` puts programs: git knows nothing of it. */
export const PEERS_FOLDER = join(import.meta.dirname, '../../../node_modules/.cache/peers/bin');

export interface Program {
  readonly path: string;
  /** As the program tells it, without what stands around the number; `unknown` where it tells none. */
  readonly version: string;
}

export type PeerName = Exclude<ContenderName, `regfleet ${string}`>;

/** The programs that a run measures with, by what they are. */
export interface Programs {
  readonly peers: Readonly<Partial<Record<PeerName, Program>>>;
  /** What both registries are. */
  readonly registry: Program & { readonly name: 'distribution' | 'docker-registry' };
}

const ASKED_BY = {
  regsync: ['regsync', 'version'],
  crane: ['crane', 'version'],
  ocync: ['ocync', '--version'],
  'image-syncer': ['image-syncer', '--version'],
  'skopeo sync': ['skopeo', '--version'],
} as const;

// Where Debian's package puts it; another one, in the folder or earlier on PATH, is measured beside it.
const DEBIANS_SKOPEO = '/usr/bin/skopeo';

/** Looks into the folder first, then on PATH. */
export async function findPrograms(folder: string): Promise<Programs> {
  const search = [folder, ...(process.env.PATH ?? '').split(delimiter)];
  const find = (name: string): string | undefined =>
    search.map((place) => join(place, name)).find(isExecutable);
  const peers: Partial<Record<PeerName, Program>> = {};
  for (const [name, [program, flag]] of Object.entries(ASKED_BY)) {
    const path = find(program);
    if (path !== undefined) peers[name as PeerName] = await ask(path, flag);
  }
  if (isExecutable(DEBIANS_SKOPEO) && peers['skopeo sync']?.path !== DEBIANS_SKOPEO)
    peers["Debian's skopeo sync"] = await ask(DEBIANS_SKOPEO, '--version');
  return { peers, registry: await findRegistry(find) };
}

async function findRegistry(find: (name: string) => string | undefined): Promise<Programs['registry']> {
  const newer = find('registry');
  const told = newer && (await ask(newer, '--version'));
  if (told && Number.parseInt(told.version, 10) >= 3) return { ...told, name: 'distribution' };
  return {
    ...(await ask(find('docker-registry') ?? 'docker-registry', '--version')),
    name: 'docker-registry',
  };
}

async function ask(path: string, flag: string): Promise<Program> {
  const { stdout, stderr } = await runCommand([path, flag]);
  // What Go installed has the version of its module in it, also where the program itself was told none.
  return { path, version: /\d+\.\d+[\w.~-]*/.exec(stdout + stderr)?.[0] ?? 'unknown' };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
