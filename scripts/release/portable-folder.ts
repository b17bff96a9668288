import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../image/programs.ts';

const SHEBANG = /^#!\/usr\/bin\/env -S node (.*)\n/;

/**
 * Writes a folder that runs wherever it is unpacked, without npm and without another Node: `bin/regfleet`, `bin/node`, and the package where
 * npm would put it.
 *
 * @param parts - folder of the package, as `layOutPackage` writes it, and the archive that npm has of Node's own build.
 */
export async function layOutPortable(
  folder: string,
  parts: { readonly packageFolder: string; readonly nodeArchive: string },
): Promise<void> {
  const inFolder = 'lib/node_modules/regfleet';
  cpSync(parts.packageFolder, join(folder, inFolder), { recursive: true });
  for (const file of ['LICENSE', 'NOTICE', 'README.md'])
    copyFileSync(join(parts.packageFolder, file), join(folder, file));
  // Where the README says that they are.
  symlinkSync(`${inFolder}/docs`, join(folder, 'docs'));
  mkdirSync(join(folder, 'lib/node'));
  const unpack = [
    '--extract',
    '--gzip',
    '--no-same-owner',
    '--strip-components=1',
    `--file=${parts.nodeArchive}`,
  ];
  await runProgram('tar', [...unpack, '--directory', folder, 'package/bin/node']);
  await runProgram('tar', [...unpack, '--directory', join(folder, 'lib/node'), 'package/LICENSE']);
  const command = `${inFolder}/bin/regfleet.mjs`;
  const [, flags = ''] = SHEBANG.exec(readFileSync(join(folder, command), 'utf8')) ?? [];
  writeFileSync(join(folder, 'bin/regfleet'), launcher(command, flags));
  chmodSync(join(folder, 'bin/regfleet'), 0o755);
}

/** Finds its own folder also where a link led to it. exec: signals must reach node. */
const launcher = (command: string, flags: string): string => `#!/bin/sh
self=$(readlink -f -- "$0")
root=\${self%/bin/regfleet}
exec "$root/bin/node" ${flags} "$root/${command}" "$@"
`;
