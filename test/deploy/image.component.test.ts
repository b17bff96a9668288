import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRuntimeConfig } from '../../scripts/image/dockerfile.ts';
import { ARCHITECTURES, DEBIAN_LAYERS, readLock } from '../../scripts/image/lock.ts';
import { parseOptions } from '../../scripts/image/options.ts';
import { readDeployFile } from './read.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const dockerfile = readDeployFile('images/Dockerfile');

/** Arguments of an instruction, in order. */
const instruction = (name: string): string[] =>
  [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, words = '']) => words);

describe('deploy/images', () => {
  it('is built on the major version of Node that the workspace pins, and runs on that version', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      devDependencies: { node: string };
    };
    expect(instruction('FROM')).toEqual([
      `--platform=$BUILDPLATFORM node:${devDependencies.node.split('.')[0]}-slim AS laid-out`,
      'scratch',
    ]);
    expect(readLock().node.version).toBe(devDependencies.node);
  });

  it('lays out what `npm run image` lays out', () => {
    const [words = ''] = instruction('RUN').flatMap((run) => /npm run image -- (.*)$/.exec(run)?.[1] ?? []);
    const args = words.replace('$TARGETARCH', 'arm64').replace('$VARIANT', 'slim').split(' ');
    const root = '/laid-out';
    expect(parseOptions(args)).toMatchObject({ architectures: ['arm64'], variants: ['slim'], root });
    expect(instruction('COPY').at(-1)).toBe(`--from=laid-out ${root}/ /`);
  });

  it('locks every package for every architecture', () => {
    const { packages } = readLock().debian;
    for (const architecture of ARCHITECTURES) {
      const locked = packages[architecture];
      const names = Object.entries(locked).map(([layer, list]) => [layer, list.map(({ name }) => name)]);
      expect(Object.fromEntries(names)).toEqual(DEBIAN_LAYERS);
      for (const { path, sha256 } of Object.values(locked).flat()) {
        expect(path).toMatch(new RegExp(`^pool/\\S+_(?:${architecture}|all)\\.deb$`));
        expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      }
    }
  });

  it('runs as a numbered user that is not root, and that has a name', () => {
    const { User } = readRuntimeConfig();
    expect(User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(readDeployFile('images/root/etc/passwd')).toContain(`\nregfleet:x:${User}:`);
  });

  it('starts the command, which hands signals on to node', () => {
    const { Entrypoint, ExposedPorts, Cmd } = readRuntimeConfig();
    expect({ Entrypoint, ExposedPorts, Cmd }).toEqual({
      Entrypoint: ['regfleet'],
      ExposedPorts: { '9090/tcp': {} },
      Cmd: ['--help'],
    });
    expect(readDeployFile('images/root/usr/local/bin/regfleet')).toMatch(
      /^exec node --max-semi-space-size=4 --heap-growing-percent=20 \/opt\/regfleet\/bin\/regfleet\.mjs "\$@"$/m,
    );
  });

  it('takes nothing from the outside but sources', () => {
    expect(instruction('ARG')).toEqual(['TARGETARCH', 'VARIANT=full']);
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '.git']));
    // The package has them.
    expect(ignored).not.toContain('docs');
  });
});
