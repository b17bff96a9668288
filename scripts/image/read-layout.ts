import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Descriptor } from './oci-layout.ts';

const REFERENCE = 'org.opencontainers.image.ref.name';

/** The images of an OCI layout, by the names that it gives them. @throws {Error} where it is none. */
export function imagesIn(folder: string): ReadonlyMap<string, Descriptor> {
  if (!existsSync(join(folder, 'oci-layout')))
    throw new Error(`${folder} is no OCI layout: \`npm run image\` writes one`);
  const { manifests } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    manifests: readonly Descriptor[];
  };
  return new Map(manifests.map((image) => [image.annotations?.[REFERENCE] ?? image.digest, image]));
}

/** Where a blob of it is. */
export const blobFile = (folder: string, digest: string): string =>
  join(folder, 'blobs', digest.replace(':', '/'));
