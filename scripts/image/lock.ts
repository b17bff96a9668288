import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../check/run.ts';

export const LOCK_FILE = join(ROOT, 'deploy/images/lock.json');

/** As OCI and Debian name them. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Debian's packages, by the layer that they are in. */
export const DEBIAN_LAYERS = {
  /** What Node and skopeo are linked to, roots of certificates, and a shell for the file that starts the command. */
  debian: ['base-files', 'ca-certificates', 'dash', 'gcc-12-base', 'libc6', 'libgcc-s1', 'libstdc++6'],
  skopeo: [
    'golang-github-containers-common',
    'golang-github-containers-image',
    'libassuan0',
    'libdevmapper1.02.1',
    'libgpg-error0',
    'libgpgme11',
    'libpcre2-8-0',
    'libselinux1',
    'libudev1',
    'skopeo',
  ],
} as const;
export type DebianLayer = keyof typeof DEBIAN_LAYERS;

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly archive: 'debian' | 'debian-security';
  /** Its path in the archive. */
  readonly path: string;
  readonly sha256: string;
}

/** Exactly what an image is made of besides our own sources. */
export interface ImageLock {
  readonly node: {
    readonly version: string;
    /** npm's packages of Node's own builds, by `integrity` as npm writes it. */
    readonly packages: Readonly<Record<Architecture, { readonly name: string; readonly integrity: string }>>;
  };
  readonly debian: {
    readonly suite: string;
    /** When the versions were looked up, as snapshot.debian.org writes it: what mirrors have dropped is still there. */
    readonly snapshot: string;
    readonly packages: Readonly<
      Record<Architecture, Readonly<Record<DebianLayer, readonly DebianPackage[]>>>
    >;
  };
}

export const readLock = (): ImageLock => JSON.parse(readFileSync(LOCK_FILE, 'utf8')) as ImageLock;
