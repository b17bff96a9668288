import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runToSuccess, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { layOutPackage } from '../../scripts/release/package-folder.ts';

// What `npm install` makes of it is tested by the commands of README; what a release makes of it by package.soak.test.ts.
describe('system/package', () => {
  it('holds the command, its licences and its docs, and asks npm for nothing', async () => {
    await using folder = await temporaryFolder();
    const { version, thirdParties } = await layOutPackage(folder.path);
    expect((await readdir(folder.path)).toSorted()).toEqual([
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
      'sbom.cdx.json',
    ]);
    const read = (file: string): Promise<string> => readFile(join(folder.path, file), 'utf8');
    expect(JSON.parse(await read('package.json'))).toEqual({
      name: 'regfleet',
      version,
      description: expect.any(String),
      license: 'Apache-2.0',
      type: 'module',
      bin: { regfleet: 'bin/regfleet.mjs' },
      exports: expect.any(Object),
      engines: { node: '>=22.19' },
    });
    const names = thirdParties.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['@aws-sdk/client-ecr', 'bullmq', 'dockerode', 'undici']));
    expect(names.filter((name) => /^(?:@regfleet\/|vitest)/.test(name))).toEqual([]);
    const licences = await read('THIRD-PARTY-LICENSES');
    for (const { name, version: theirs } of thirdParties) expect(licences).toContain(`\n${name} ${theirs} (`);
    const printed = await runToSuccess([
      process.execPath,
      join(folder.path, 'bin/regfleet.mjs'),
      '--version',
    ]);
    expect(printed).toBe(`${version}\n`);
  });
});
