import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The Debian package of every binary that the harness starts. */
const DEBIAN_PACKAGES: Readonly<Record<string, string>> = {
  'docker-registry': 'docker-registry',
  dockerd: 'docker.io',
  faketime: 'faketime',
  openssl: 'openssl',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'redis-server': 'redis-server',
  script: 'bsdutils',
  setpriv: 'util-linux',
  skopeo: 'skopeo',
  unshare: 'util-linux',
};

// Debian keeps daemons here, and an ordinary user's PATH lacks it.
const DAEMON_FOLDER = '/usr/sbin';

/**
 * The full path of a program on `searchPath`.
 *
 * @throws {Error} naming the Debian package to install where it is known.
 */
export function findBinary(name: string, searchPath = process.env.PATH ?? ''): string {
  if (name.includes('/')) return name;
  const found = [...searchPath.split(delimiter), ...(name === 'dockerd' ? [DAEMON_FOLDER] : [])]
    .map((folder) => join(folder, name))
    .find(isExecutable);
  if (found !== undefined) return found;
  const debianPackage = DEBIAN_PACKAGES[name];
  const hint = debianPackage === undefined ? '' : `; install Debian's ${debianPackage} package`;
  throw new Error(`${name} was not found on PATH${hint}`);
}

/** Whether a program that tests can do without is on PATH. */
export function hasBinary(name: string): boolean {
  try {
    return findBinary(name) !== '';
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
