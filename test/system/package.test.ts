import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fillRegistry, listTags, Regfleet, runToSuccess } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { writeArchive } from '../../scripts/release/archive.ts';
import { layOutPackage } from '../../scripts/release/package-folder.ts';
import { Site } from './site.ts';

const INSTALL = ['npm', 'install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts'];

describe('system/package', () => {
  it('is all that a mirror needs, installed into an empty folder', async () => {
    await using site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: ['1.35.0', '1.36.0', '1.36.1'] }]);
    const [laidOut, cwd] = [join(site.folder.path, 'package'), join(site.folder.path, 'empty')];
    const { version } = await layOutPackage(laidOut);
    await mkdir(cwd);
    const packed = `regfleet-${version}.tgz`;
    await writeArchive(laidOut, join(cwd, packed), { root: 'package', epochSeconds: 0 });
    await runToSuccess([...INSTALL, `./${packed}`], { cwd });
    expect(await readdir(join(cwd, 'node_modules'))).toEqual(['.bin', '.package-lock.json', 'regfleet']);

    expect(await readdir(join(cwd, 'node_modules/regfleet'))).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'NOTICE',
      'README.md',
      'SECURITY.md',
      'THIRD-PARTY-LICENSES',
      'bin',
      'dist',
      'docs',
      'package.json',
    ]);

    const task = {
      name: 'app',
      source: { registry: site.source.host, 'skip-tls-verify': true },
      target: { registry: site.target.host, 'skip-tls-verify': true },
      mappings: [{ from: 'app', to: 'mirror/app', tags: ['semver: >=1.36.0'] }],
    };
    const config = join(cwd, 'config.yaml');
    await writeFile(config, stringify({ relay: 'direct', tasks: [task] }));
    const regfleet = new Regfleet({ config, command: join(cwd, 'node_modules/.bin/regfleet') });
    expect((await regfleet.run(['--version'])).stdout).toBe(`${version}\n`);
    const plan = await regfleet.run(['plan']);
    expect(plan, plan.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/1\.36\.1/) });
    await runToSuccess(['npx', '--offline', 'regfleet', 'sync', '--once'], { cwd });
    expect(await listTags(site.target, 'mirror/app')).toEqual(['1.36.0', '1.36.1']);
  });
});
