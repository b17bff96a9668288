import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface ArchiveOptions {
  /** Name of the folder that everything stands in. */
  readonly root: string;
  /** The time that all files have in it, in seconds since 1970. */
  readonly epochSeconds: number;
}

/**
 * Writes what a folder holds as a `tar.gz`: the same bytes for the same content, by whoever and whenever they are made. Needs GNU tar; what
 * packs is the zlib of the Node that runs this.
 */
export async function writeArchive(
  folder: string,
  file: string,
  { root, epochSeconds }: ArchiveOptions,
): Promise<void> {
  const tar = spawn(
    'tar',
    [
      '--create',
      `--directory=${folder}`,
      '--format=ustar',
      '--sort=name',
      `--mtime=@${epochSeconds}`,
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mode=u=rwX,go=rX',
      // But not the targets of links.
      `--transform=flags=rh;s,^\\.,${root},`,
      '.',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(tar, 'close');
  await pipeline(tar.stdout, createGzip(), createWriteStream(file));
  const [code] = await ended;
  if (code !== 0) throw new Error(`tar of ${folder} ended with ${code}`);
}
