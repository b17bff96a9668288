import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passwordFile } from './password-file.ts';
import { describeCredentialProvider } from './provider.contract.ts';
import { depsOf, locationOf } from './scenario.contract.ts';

const locationWith = (file: string) =>
  locationOf('reg.example', { auth: { kind: 'password-file', username: 'robot$fleet', passwordFile: file } });

describeCredentialProvider('registry/credentials/password-file', async () => {
  const folder = await temporaryFolder();
  const file = join(folder.path, 'password');
  let password = 'first';
  await writeFile(file, password);
  return {
    provider: passwordFile,
    location: locationWith(file),
    deps: depsOf(),
    username: 'robot$fleet',
    password: () => password,
    rotate: async () => {
      password = 'second';
      await writeFile(file, password);
    },
    ruin: () => writeFile(file, ''),
    [Symbol.asyncDispose]: () => folder.stop(),
  };
});

describe('registry/credentials/password-file', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await folder.stop();
  });

  async function read(content: string | Uint8Array): Promise<string | undefined> {
    const file = join(folder.path, 'password');
    await writeFile(file, content);
    return (await passwordFile.open(locationWith(file), depsOf()).get())?.secret.reveal();
  }

  it.each([
    ['without a line end', 'secret', 'secret'],
    ['with a line end', 'secret\n', 'secret'],
    ['with a line end of Windows', 'secret\r\n', 'secret'],
    ['with two line ends', 'secret\n\n', 'secret\n'],
    ['with every special character', ' %20"\\:é🔑 ', ' %20"\\:é🔑 '],
  ])('reads a password %s', async (_title, content, password) => {
    expect(await read(content)).toBe(password);
  });

  it.each([
    ['empty', ''],
    ['only a line end', '\n'],
    ['no UTF-8', new Uint8Array([0xff, 0xfe, 0x41])],
  ])('refuses a file that is %s', async (_title, content) => {
    await expect(read(content)).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID', kind: 'config' });
  });

  it('says which file is missing', async () => {
    const location = locationWith(join(folder.path, 'absent'));
    await expect(passwordFile.open(location, depsOf()).get()).rejects.toMatchObject({
      code: 'CREDENTIALS_INVALID',
      message: expect.stringContaining(join(folder.path, 'absent')),
    });
  });

  it('says why a file cannot be read', async () => {
    const location = locationWith(folder.path);
    await expect(passwordFile.open(location, depsOf()).get()).rejects.toMatchObject({
      code: 'CREDENTIALS_INVALID',
      message: expect.stringContaining('EISDIR'),
    });
  });
});
