import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './programs.ts';

// Brought along by apt, which so goes through the proxies that the machine is set up for.
const APT_HELPER = '/usr/lib/apt/apt-helper';

// As root it would hand the folder to a user of its own.
const AS_CALLER = ['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=2'];

/** Where the packages of an archive are, the first of which is asked first. */
export type Mirrors = (archive: string) => readonly string[];

const debianMirrors =
  (snapshot: string): Mirrors =>
  (archive) => [
    `http://deb.debian.org/${archive}`,
    `http://snapshot.debian.org/archive/${archive}/${snapshot}`,
  ];

/** What the lock names, kept where all who build find it. Not in node_modules, which `npm ci` empties. */
export const lockedDownloads = (lock: { readonly debian: { readonly snapshot: string } }): Downloads =>
  new Downloads(join(homedir(), '.cache/regfleet/image'), debianMirrors(lock.debian.snapshot));

/** Keeps what was downloaded, by its hash: a second time nothing is asked of any network. */
export class Downloads {
  readonly #folder: string;
  readonly #mirrors: Mirrors;

  constructor(folder: string, mirrors: Mirrors) {
    this.#folder = folder;
    this.#mirrors = mirrors;
    mkdirSync(folder, { recursive: true });
  }

  /** A file of Debian. @throws {Error} where no mirror has it as it was locked. */
  debian({ archive, path, sha256 }: { archive: string; path: string; sha256: string }): Promise<string> {
    return this.#keep(`${sha256}.deb`, async (folder) => {
      const file = join(folder, 'package.deb');
      const refusals: string[] = [];
      for (const mirror of this.#mirrors(archive)) {
        try {
          // What other names than those of files in it mean in a URL.
          const url = `${mirror}/${path.split('/').map(encodeURIComponent).join('/')}`;
          await runProgram(APT_HELPER, [...AS_CALLER, 'download-file', url, file, `SHA256:${sha256}`]);
          return file;
        } catch (error) {
          rmSync(file, { force: true });
          refusals.push(String(error));
        }
      }
      throw new Error(`${path} is not to be had as it was locked:\n${refusals.join('\n')}`);
    });
  }

  /** The archive of an npm package. @throws {Error} where the registry's is another one than was locked. */
  npm(spec: string, integrity: string): Promise<string> {
    const [algorithm = '', wanted = ''] = integrity.split(/-(.*)/s);
    const name = `${Buffer.from(wanted, 'base64').toString('hex')}.tgz`;
    return this.#keep(name, async (folder) => {
      const pack = ['pack', '--json', `--pack-destination=${folder}`, spec];
      const packed = await runProgram('npm', pack, { cwd: folder });
      const [{ filename }] = JSON.parse(packed.toString()) as [{ filename: string }];
      const file = join(folder, filename);
      const actual = createHash(algorithm).update(readFileSync(file)).digest('base64');
      if (actual !== wanted)
        throw new Error(`${spec} has integrity ${algorithm}-${actual}, not ${integrity}`);
      return file;
    });
  }

  /** @param download - into a folder that is gone afterwards; returns the file in it. */
  async #keep(name: string, download: (folder: string) => Promise<string>): Promise<string> {
    const kept = join(this.#folder, name);
    if (existsSync(kept)) return kept;
    const folder = mkdtempSync(join(this.#folder, 'part-'));
    try {
      renameSync(await download(folder), kept);
      return kept;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
