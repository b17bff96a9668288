import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDeployFile } from './read.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const dockerfile = readDeployFile('images/Dockerfile');

/** Arguments of an instruction, in order. */
const instruction = (name: string): string[] =>
  [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, words = '']) => words);

describe('deploy/images', () => {
  it('is built on the major version of Node that the workspace pins', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      devDependencies: { node: string };
    };
    const bases = instruction('FROM').filter((base) => base.startsWith('node:'));
    expect(new Set(bases.map((base) => base.split(' ')[0]))).toEqual(
      new Set([`node:${devDependencies.node.split('.')[0]}-slim`]),
    );
  });

  it('runs as a numbered user that is not root', () => {
    expect(instruction('USER')).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
  });

  it('starts the command, which hands signals on to node', () => {
    expect(instruction('ENTRYPOINT')).toEqual(['["regfleet"]']);
    expect(readDeployFile('images/regfleet')).toMatch(
      /^exec node --max-semi-space-size=2 --heap-growing-percent=20 \S+\/apps\/cli\/bin\/regfleet\.mjs "\$@"$/m,
    );
  });

  it('takes nothing from the outside but sources', () => {
    expect(instruction('ARG')).toEqual([]);
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '.git']));
  });
});
