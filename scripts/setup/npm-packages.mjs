import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
// Inside node_modules, so that it goes with it.
const STAMP = `${ROOT}node_modules/.regfleet-setup`;

/** Installs the npm packages of package-lock.json unless that very lock file was installed. @returns false when that failed. */
export function installNpmPackages({ run, say }) {
  const lock = createHash('sha256').update(readFileSync(`${ROOT}package-lock.json`)).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return true;
  say('npm ci installs the npm packages');
  const failure = run('npm', ['ci', '--loglevel=error', `--prefix=${ROOT}`]);
  if (failure !== undefined) {
    say(`npm ci failed:\n${failure}`);
    return false;
  }
  writeFileSync(STAMP, lock);
  return true;
}
