import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { tarFolder } from './tar.ts';

export interface ArchiveOptions {
  /** Name of the folder that everything stands in. */
  readonly root: string;
  /** The time that all files have in it, in seconds since 1970. */
  readonly epochSeconds: number;
}

/**
 * Writes what a folder holds as a `tar.gz`: the same bytes for the same content, by whoever and whenever they are made. What packs is the
 * zlib of the Node that runs this.
 */
export async function writeArchive(
  folder: string,
  file: string,
  { root, epochSeconds }: ArchiveOptions,
): Promise<void> {
  // But not the targets of links.
  const more = ['--mode=u=rwX,go=rX', `--transform=flags=rh;s,^,${root}/,`];
  await tarFolder(folder, { epochSeconds, more }, (archive) =>
    pipeline(archive, createGzip(), createWriteStream(file)),
  );
}

/** The same without packing, for what is packed already, and without a folder around it. */
export async function writeTar(folder: string, file: string, epochSeconds: number): Promise<void> {
  await tarFolder(folder, { epochSeconds, more: ['--mode=u=rwX,go=rX'] }, (archive) =>
    pipeline(archive, createWriteStream(file)),
  );
}
