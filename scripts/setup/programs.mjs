import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DEBIAN_PACKAGES = {
  'docker-registry': 'docker-registry',
  dockerd: 'docker.io',
  faketime: 'faketime',
  openssl: 'openssl',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'redis-server': 'redis-server',
  skopeo: 'skopeo',
};

const INSTALLER = fileURLToPath(new URL('install-debian.sh', import.meta.url));

/** Installs the Debian packages of programs that are missing. @returns false when some stay missing. */
export function installPrograms(programs, { run, say, isRoot, path }) {
  const isInstalled = (program) => isOn(path, program);
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) return true;
  if (!isInstalled('apt-get')) {
    say(`missing: ${missing.join(', ')}; install them with the package manager of this system`);
    return false;
  }
  const packages = [...new Set(missing.map((program) => DEBIAN_PACKAGES[program]))];
  const needsPassword = !isRoot && !(isInstalled('sudo') && run('sudo', ['-n', 'true']) === undefined);
  if (needsPassword) {
    say(`missing: ${missing.join(', ')}; this user may not install packages. As root, run:`);
    say(`  sh ${INSTALLER} ${packages.join(' ')}`);
    return false;
  }
  say(`apt-get installs ${packages.join(', ')}, starting no service`);
  const install = [INSTALLER, ...packages];
  const failure = isRoot ? run('sh', install) : run('sudo', ['-n', 'sh', ...install]);
  if (failure !== undefined) say(`apt-get failed:\n${failure}`);
  return failure === undefined;
}

function isOn(path, program) {
  return path.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
