import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificatesOf } from './certificates.ts';

describe('relay/skopeo/certificates', () => {
  let folder: TemporaryFolder;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(() => folder.stop());

  async function write(host: string, files: Readonly<Record<string, string>>): Promise<void> {
    await mkdir(join(folder.path, host));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, host, name), text);
  }

  const find = (registry: string): Promise<string> =>
    certificatesOf(registry, folder.path, join(folder.path, 'scratch'));

  it.each([
    ['a.example', 'a.example', 'a.example'],
    ['a.example:5000', 'a.example', 'a.example'],
    ['a.example:5000', 'a.example:5000', 'a.example:5000'],
    ['a.example:5000', 'a.example:6000', 'a.example'],
    ['a.example:5000', 'elsewhere', 'a.example'],
    ['[::1]:5000', '[::1]', '[::1]'],
    ['[::1]:5000', '[::1]:5000', '[::1]:5000'],
    ['[2001:db8::7]', '[2001:db8::7]', '[2001:db8::7]'],
  ])('looks up the certificates of %s where there is a folder %s in %s', async (registry, host, found) => {
    await write(host, {});
    expect(await find(registry)).toBe(join(folder.path, found));
  });

  it('puts the files of both folders together where there are two', async () => {
    await write('a.example', { 'ca.crt': 'of the host' });
    await write('a.example:5000', { 'ca.crt': 'of the port', 'c.cert': 'certificate', 'c.key': 'key' });
    const merged = await find('a.example:5000');
    const texts = (await readdir(merged)).map((name) => readFile(join(merged, name), 'utf8'));
    expect((await Promise.all(texts)).sort()).toEqual(['certificate', 'key', 'of the host', 'of the port']);
    expect(await readdir(merged)).toEqual(expect.arrayContaining(['0-c.cert', '0-c.key']));
  });
});
