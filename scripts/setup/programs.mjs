import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DEBIAN_PACKAGES = {
  'docker-registry': 'docker-registry',
  dockerd: 'docker.io',
  openssl: 'openssl',
  promtool: 'prometheus',
  'redis-server': 'redis-server',
  skopeo: 'skopeo',
};

const INSTALLER = fileURLToPath(new URL('install-debian.sh', import.meta.url));

/** Installs the Debian packages of programs that are missing. @returns false when some stay missing. */
export function installPrograms(programs, { run, say }) {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) return true;
  if (!isInstalled('apt-get')) {
    say(`missing: ${missing.join(', ')}; install them with the package manager of this system`);
    return false;
  }
  const packages = missing.map((program) => DEBIAN_PACKAGES[program]);
  const asRoot = rootPrefix(run);
  if (asRoot === undefined) {
    say(`missing: ${missing.join(', ')}; this user may not install packages. As root, run:`);
    say(`  sh ${INSTALLER} ${packages.join(' ')}`);
    return false;
  }
  say(`apt-get installs ${packages.join(', ')}, starting no service`);
  const [command, ...args] = [...asRoot, 'sh', INSTALLER, ...packages];
  const failure = run(command, args);
  if (failure !== undefined) say(`apt-get failed:\n${failure}`);
  return failure === undefined;
}

/** What a command is prefixed with to run as root; undefined where that needs a password. */
function rootPrefix(run) {
  if (process.getuid() === 0) return [];
  return isInstalled('sudo') && run('sudo', ['-n', 'true']) === undefined ? ['sudo', '-n'] : undefined;
}

// Debian keeps daemons in sbin, which an ordinary user's PATH lacks.
function isInstalled(program) {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
