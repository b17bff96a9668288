import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Downloads } from './download.ts';
import { entriesBelow } from './entries.ts';
import type { DebianPackage } from './lock.ts';
import { runProgram } from './programs.ts';

// As every Debian has had them since its twelfth release; packages still put files below the links.
const MERGED = ['bin', 'lib', 'lib64', 'sbin'];

// Read by nobody in a container. Licences are in usr/share/doc.
const LEFT_OUT = [
  'usr/share/base-files',
  'usr/share/bash-completion',
  'usr/share/bug',
  'usr/share/info',
  'usr/share/lintian',
  'usr/share/locale',
  'usr/share/man',
];

// Tables of character sets, for programs that use iconv.
const GCONV = /^usr\/lib\/[^/]+\/gconv$/;

/** Unpacks packages into a folder that may have others already. No script of theirs runs: what those make, `base.ts` makes. */
export async function layOutPackages(
  folder: string,
  packages: readonly DebianPackage[],
  downloads: Downloads,
): Promise<void> {
  mergeUsr(folder);
  for (const locked of packages) {
    const file = await downloads.debian(locked);
    const archive = await runProgram('dpkg-deb', ['--fsys-tarfile', file]);
    const unpack = ['--extract', '--keep-directory-symlink', '--no-same-owner', '--directory', folder];
    await runProgram('tar', unpack, { input: archive });
    await noteInstalled(folder, locked.name, file);
  }
  prune(folder);
}

function mergeUsr(folder: string): void {
  for (const name of MERGED) {
    mkdirSync(join(folder, 'usr', name), { recursive: true });
    if (!readdirSync(folder).includes(name)) symlinkSync(`usr/${name}`, join(folder, name));
  }
}

/** Where scanners for known flaws look in images without dpkg. */
async function noteInstalled(folder: string, name: string, file: string): Promise<void> {
  const notes = join(folder, 'var/lib/dpkg/status.d');
  mkdirSync(notes, { recursive: true });
  writeFileSync(join(notes, name), await runProgram('dpkg-deb', ['--field', file]));
}

function prune(folder: string): void {
  for (const path of LEFT_OUT) rmSync(join(folder, path), { recursive: true, force: true });
  const libraries = join(folder, 'usr/lib');
  for (const triplet of readdirSync(libraries))
    if (GCONV.test(`usr/lib/${triplet}/gconv`))
      rmSync(join(libraries, triplet, 'gconv'), { recursive: true, force: true });
  const docs = join(folder, 'usr/share/doc');
  for (const { path, entry } of entriesBelow(docs))
    if (entry.isFile() && entry.name !== 'copyright') rmSync(path);
}

/** Debian's roots of certificates in the one file that OpenSSL and Go read, as `update-ca-certificates` writes it. */
export function writeCertificates(folder: string): void {
  const roots = join(folder, 'usr/share/ca-certificates/mozilla');
  const files = readdirSync(roots).filter((name) => name.endsWith('.crt'));
  const texts = files.toSorted().map((name) => readFileSync(join(roots, basename(name)), 'utf8').trim());
  mkdirSync(join(folder, 'etc/ssl/certs'), { recursive: true });
  writeFileSync(join(folder, 'etc/ssl/certs/ca-certificates.crt'), `${texts.join('\n')}\n`);
}
