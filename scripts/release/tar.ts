import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { Readable } from 'node:stream';

export interface TarOptions {
  /** The time that all files have in it, in seconds since 1970. */
  readonly epochSeconds: number;
  /** Further options of GNU tar. */
  readonly more?: readonly string[];
}

/**
 * Archives what a folder holds: the same bytes for the same content, by whoever and whenever they are made. Needs GNU tar.
 *
 * @param read - reads the archive to its end.
 * @throws {Error} with what tar complains of.
 */
export async function tarFolder(
  folder: string,
  { epochSeconds, more = [] }: TarOptions,
  read: (archive: Readable) => Promise<void>,
): Promise<void> {
  const reproducible = [
    '--create',
    `--directory=${folder}`,
    '--format=ustar',
    '--sort=name',
    `--mtime=@${epochSeconds}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--hard-dereference',
  ];
  const names = readdirSync(folder).toSorted();
  const tar = spawn('tar', [...reproducible, ...more, '--', ...names], {
    env: { ...process.env, LC_ALL: 'C', TAR_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  tar.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const [[code]] = await Promise.all([once(tar, 'close'), read(tar.stdout)]);
  if (code !== 0) throw new Error(`tar of ${folder} ended with ${code}: ${complaint}`);
}
