import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fillRegistry,
  listTags,
  Regfleet,
  runToSuccess,
  type TemporaryFolder,
  temporaryFolder,
} from '@regfleet/harness';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { SUMS } from '../../scripts/release/build-release.ts';
import { Site } from './site.ts';

const ROOT = join(import.meta.dirname, '../..');
const VERSION = (JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string })
  .version;
const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64';
const PORTABLE = `regfleet-${VERSION}-linux-${ARCHITECTURE}`;
const INSTALL = ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund'];
const BUILD_MS = 900_000;

let folder: TemporaryFolder;
const inFolder = (...names: string[]): string => join(folder.path, ...names);

/** A release of the commit that is checked out, made in a clone with these packages; `start` starts the program. */
async function release(name: string, packages: string, start: readonly string[] = []): Promise<string> {
  const clone = inFolder(name);
  await runToSuccess(['git', 'clone', '-q', ROOT, clone]);
  for (const place of ['.', 'apps/cli'])
    await runToSuccess(['cp', '-r', join(packages, place, 'node_modules'), join(clone, place)], {
      timeoutMs: BUILD_MS,
    });
  await runToSuccess([...start, process.execPath, 'scripts/release.ts'], { cwd: clone, timeoutMs: BUILD_MS });
  return clone;
}

/** Copies an image between two registries with a command, which finds only what is on this PATH. */
async function mirror(
  site: Site,
  { to, command, path }: { readonly to: string; readonly command: string; readonly path: string },
): Promise<void> {
  const task = {
    name: 'app',
    source: { registry: site.source.host, 'skip-tls-verify': true },
    target: { registry: site.target.host, 'skip-tls-verify': true },
    mappings: [{ from: 'app', to }],
  };
  const config = inFolder('config.yaml');
  await writeFile(config, stringify({ relay: 'direct', tasks: [task] }));
  const regfleet = new Regfleet({ config, command, env: { PATH: path } });
  for (const words of [['plan'], ['sync', '--once']]) {
    const { code, stdout, stderr } = await regfleet.run(words);
    expect(code, stdout + stderr).toBe(0);
  }
  expect(await listTags(site.target, to)).toEqual(['1.36.0']);
}

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.stop(), BUILD_MS);

describe('system/package, as it is released', () => {
  it(
    'is the same bytes from another clone and without network, and mirrors on each Node that it may',
    async () => {
      const one = await release('one', ROOT);
      const released = join(one, 'dist/release');
      const sums = await readFile(join(released, SUMS), 'utf8');
      const another = await release('another-place', one, ['unshare', '--map-root-user', '--net']);
      expect(await readFile(join(another, 'dist/release', SUMS), 'utf8')).toBe(sums);
      await runToSuccess(['sha256sum', '--check', '--quiet', SUMS], { cwd: released });

      await using site = await Site.start();
      await fillRegistry(site.source, [{ repository: 'app', tags: ['1.36.0'] }]);
      for (const node of ['22.19.0', '24']) {
        const cwd = inFolder(`node-${node}`);
        await mkdir(cwd);
        // Else npm takes a folder above that has packages.
        await writeFile(join(cwd, 'package.json'), '{}');
        await runToSuccess([...INSTALL, join(released, `regfleet-${VERSION}.tgz`), `node@${node}`], {
          cwd,
          timeoutMs: BUILD_MS,
        });
        const bin = join(cwd, 'node_modules/.bin');
        expect(await runToSuccess([join(bin, 'node'), '--version'])).toMatch(new RegExp(`^v${node}`));
        await mirror(site, {
          to: `node-${node}`,
          command: join(bin, 'regfleet'),
          path: `${bin}:/usr/bin:/bin`,
        });
      }
      // By a link, on a machine where no other Node is found.
      await runToSuccess(['tar', '--extract', '--gzip', `--file=${join(released, `${PORTABLE}.tar.gz`)}`], {
        cwd: folder.path,
      });
      const programs = inFolder('programs');
      await mkdir(programs);
      for (const program of ['sh', 'readlink']) await symlink(`/usr/bin/${program}`, join(programs, program));
      await symlink(inFolder(PORTABLE, 'bin/regfleet'), join(programs, 'regfleet'));
      await mirror(site, { to: 'portable', command: join(programs, 'regfleet'), path: programs });
    },
    4 * BUILD_MS,
  );
});
