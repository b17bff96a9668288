import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../check/run.ts';

const SCRIPT = join(import.meta.dirname, 'node-version.mjs');

const readJson = async (file: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(ROOT, file), 'utf8')) as Record<string, unknown>;

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

describe('scripts/setup/node-version', () => {
  it('is the one that every package of ours asks for', async () => {
    const files = await Array.fromAsync(
      glob(['package.json', 'libs/*/package.json', 'apps/*/package.json', 'test/harness/package.json'], {
        cwd: ROOT,
      }),
    );
    const { packages } = (await readJson('package-lock.json')) as { packages: Record<string, object> };
    for (const file of [...files, 'bench/package.json']) {
      const engines = { engines: { node: '>=24' } };
      expect(await readJson(file), file).toMatchObject(engines);
      expect(packages[file.replace(/\/?package\.json$/, '')], `the lock of ${file}`).toMatchObject(engines);
    }
  });

  it('stands beside one version: packages of ours have none, and take each other as they are', async () => {
    for await (const file of glob(['libs/*/package.json', 'apps/*/package.json'], { cwd: ROOT })) {
      const { version, dependencies = {} } = (await readJson(file)) as Manifest;
      expect(version, file).toBeUndefined();
      for (const [name, wanted] of Object.entries(dependencies))
        if (name.startsWith('@regfleet/')) expect(wanted, `${name} in ${file}`).toBe('*');
    }
  });

  it.each([
    [
      'npm/11.19.1 node/v20.20.2 linux x64 workspaces/false',
      /^regfleet needs Node 24 and this is v20\.20\.2: .+\n$/,
    ],
    ['npm/10.8.2 node/v22.1.0 linux x64', /^regfleet needs Node 24 and this is v22\.1\.0: .+\n$/],
    ['npm/11.19.1 node/v24.21.0 linux x64', /^$/],
    ['npm/12.0.0 node/v26.0.0 linux x64', /^$/],
    [undefined, /^$/],
  ])('is asked for in one line where npm runs on an older one: %s', async (agent, warning) => {
    const { code, stderr } = await runCommand([process.execPath, SCRIPT], {
      env: { npm_config_user_agent: agent },
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(warning);
  });

  it('is not asked for again by npm, package by package', async () => {
    const { scripts } = (await readJson('package.json')) as { scripts: Record<string, string> };
    expect(scripts.preinstall).toBe('node scripts/setup/node-version.mjs');
    expect(await readFile(join(ROOT, '.npmrc'), 'utf8')).toMatch(/^loglevel=error$/m);
  });
});

describe('the licence', () => {
  it('is the one that package.json names', async () => {
    const { license } = await readJson('package.json');
    expect(license).toBe('Apache-2.0');
    const text = await readFile(join(ROOT, 'LICENSE'), 'utf8');
    expect(text).toMatch(/^ +Apache License\n +Version 2\.0, January 2004\n/);
    expect(text).toContain('END OF TERMS AND CONDITIONS');
  });
});
