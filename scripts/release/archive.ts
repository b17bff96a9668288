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
