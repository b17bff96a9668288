import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Installs the npm packages of package-lock.json unless they are installed. @returns false when that failed. */
export function installNpmPackages({ run, say }) {
  const lock = readPackages(`${ROOT}package-lock.json`);
  // npm's own record of what it has put there; written last, and gone with node_modules.
  if (isInstalled(lock, readPackages(`${ROOT}node_modules/.package-lock.json`))) return true;
  say('npm ci installs the npm packages');
  const failure = run('npm', ['ci', '--loglevel=error', `--prefix=${ROOT}`]);
  if (failure !== undefined) say(`npm ci failed:\n${failure}`);
  return failure === undefined;
}

/** Whether `installed` holds the packages of `lock` in their versions; those for other platforms may be missing. */
export function isInstalled(lock, installed) {
  return Object.entries(lock).every(([path, { version, optional }]) => {
    const isPackage = path.includes('node_modules/');
    if (!isPackage) return true;
    const found = installed[path];
    return found === undefined ? optional === true : found.version === version;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}
