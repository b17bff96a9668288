import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialDeps } from '../deps.ts';
import { describeCredentialProvider } from '../provider.contract.ts';
import { depsOf, locationOf } from '../scenario.contract.ts';
import { dockerConfig } from './index.ts';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await folder.stop();
});

const DOCKER = '.docker/config.json';
const PODMAN = 'run/containers/auth.json';

const environment = (path: string): CredentialDeps['env'] => ({
  HOME: path,
  XDG_RUNTIME_DIR: join(path, 'run'),
  PATH: `${path}/bin:/usr/bin:/bin`,
});

async function write(file: string, content: object | string, root = folder.path): Promise<void> {
  const path = join(root, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, typeof content === 'string' ? content : JSON.stringify(content));
  await rename(`${path}.new`, path);
}

/** A helper that counts its calls in the file `calls`. */
async function writeHelper(name: string, script: string): Promise<void> {
  const file = `bin/docker-credential-${name}`;
  await write(file, `#!/bin/sh\necho called >> ${folder.path}/calls\n${script}\n`);
  await chmod(join(folder.path, file), 0o755);
}

const login = (username: string, password: string) => ({
  auth: Buffer.from(`${username}:${password}`).toString('base64'),
});
const open = (registry: string) =>
  dockerConfig.open(locationOf(registry), depsOf({ env: environment(folder.path) }));
const userOf = async (registry: string): Promise<string | undefined> =>
  (await open(registry).get())?.username;

describeCredentialProvider('registry/credentials/docker-config', async () => {
  const own = await temporaryFolder();
  let password = 'first';
  const save = (): Promise<void> =>
    write(DOCKER, { auths: { 'reg.example': login('user', password) } }, own.path);
  await save();
  return {
    provider: dockerConfig,
    location: locationOf('reg.example'),
    deps: depsOf({ env: environment(own.path) }),
    username: 'user',
    password: () => password,
    rotate: async () => {
      password = 'second';
      await save();
    },
    ruin: () => write(DOCKER, { credHelpers: { 'reg.example': 'absent' } }, own.path),
    [Symbol.asyncDispose]: () => own.stop(),
  };
});

describe('registry/credentials/docker-config', () => {
  it('holds nothing where there are no files', async () => {
    expect(await userOf('reg.example')).toBeUndefined();
  });

  it('asks the file of podman before the one of docker, and the next where one holds nothing', async () => {
    await write(PODMAN, { auths: { 'one.example': login('podman', 'p') } });
    await write(DOCKER, {
      auths: { 'one.example': login('docker', 'p'), 'two.example': login('docker', 'p') },
    });
    expect(await userOf('one.example')).toBe('podman');
    expect(await userOf('two.example')).toBe('docker');
  });

  it('takes the login of the longest path', async () => {
    await write(PODMAN, {
      auths: { 'reg.example': login('all', 'p'), 'reg.example/team': login('team', 'p') },
    });
    expect(await userOf('reg.example/team/app')).toBe('team');
    expect(await userOf('reg.example')).toBe('all');
  });

  it("takes the login of the longest path that the image's repository is below", async () => {
    await write(PODMAN, {
      auths: {
        'reg.example/team': login('team', 'p'),
        'reg.example/team/app': login('app', 'p'),
        'reg.example/other': login('other', 'p'),
      },
    });
    const provider = open('reg.example');
    const userFor = async (repository: string) => (await provider.get({ repository }))?.username;
    expect(await userFor('team/app')).toBe('app');
    expect(await userFor('team/web')).toBe('team');
    expect(await userFor('teams/web')).toBeUndefined();
    expect((await provider.get())?.username).toBeUndefined();
  });

  it('asks a helper once for all repositories of a host', async () => {
    await writeHelper('all', `echo '{"Username":"u","Secret":"s"}'`);
    await write(DOCKER, { credsStore: 'all' });
    const provider = open('reg.example');
    await Promise.all(['a', 'b', 'c'].map((repository) => provider.get({ repository })));
    expect(await readFile(join(folder.path, 'calls'), 'utf8')).toBe('called\n');
  });

  it('asks the helper of the host, then the helper of all hosts, then the file', async () => {
    const answer = (name: string): string => `echo '{"Username":"${name}","Secret":"s"}'`;
    await writeHelper('host', answer('host'));
    await writeHelper('all', `read -r host; case $host in all.*) ${answer('all')};; *) ${NOT_FOUND};; esac`);
    await write(DOCKER, {
      credHelpers: { 'host.example': 'host' },
      credsStore: 'all',
      auths: { 'file.example': login('file', 'p') },
    });
    expect(await userOf('host.example')).toBe('host');
    expect(await userOf('all.example')).toBe('all');
    expect(await userOf('file.example')).toBe('file');
    expect(await userOf('other.example')).toBeUndefined();
  });

  it('asks a helper for Docker Hub by its URL', async () => {
    await writeHelper('all', `read -r url; printf '{"Username":"%s","Secret":"s"}' "$url"`);
    await write(DOCKER, { credsStore: 'all' });
    expect(await userOf('docker.io')).toBe('https://index.docker.io/v1/');
  });

  it('asks a helper once for many waiters', async () => {
    await writeHelper('all', `echo '{"Username":"u","Secret":"s"}'`);
    await write(DOCKER, { credsStore: 'all' });
    const provider = open('reg.example');
    await Promise.all([provider.get(), provider.get(), provider.get()]);
    await provider.get();
    expect(await readFile(join(folder.path, 'calls'), 'utf8')).toBe('called\n');
  });

  it('does not go on to the file where the helper of the host fails', async () => {
    await writeHelper('host', 'echo locked >&2; exit 1');
    await write(DOCKER, {
      credHelpers: { 'reg.example': 'host' },
      auths: { 'reg.example': login('file', 'p') },
    });
    await expect(userOf('reg.example')).rejects.toMatchObject({
      code: 'CREDENTIAL_HELPER_FAILED',
      registry: 'reg.example',
    });
  });

  it('follows the swap of a symbolic link, as Kubernetes renews a mounted secret', async () => {
    const file = 'config.json';
    for (const [version, password] of [
      ['v1', 'first'],
      ['v2', 'other'],
    ]) {
      await write(`.docker/${version}/${file}`, { auths: { 'reg.example': login('user', `${password}`) } });
    }
    const dataLink = join(folder.path, '.docker/..data');
    await symlink('v1', dataLink);
    await symlink(`..data/${file}`, join(folder.path, DOCKER));
    const provider = open('reg.example');
    expect((await provider.get())?.secret.reveal()).toBe('first');
    await symlink('v2', `${dataLink}_tmp`);
    await rename(`${dataLink}_tmp`, dataLink);
    expect((await provider.get())?.secret.reveal()).toBe('other');
  });

  it('notices that a file has come and gone', async () => {
    const provider = open('reg.example');
    expect(await provider.get()).toBeUndefined();
    await write(DOCKER, { auths: { 'reg.example': login('user', 'p') } });
    expect(await provider.get()).toBeDefined();
    await rm(join(folder.path, DOCKER));
    expect(await provider.get()).toBeUndefined();
  });

  it('refuses a broken file instead of becoming anonymous', async () => {
    await write(DOCKER, '{ broken');
    await expect(userOf('reg.example')).rejects.toMatchObject({
      code: 'CREDENTIALS_INVALID',
      registry: 'reg.example',
      message: `docker-config for reg.example: ${join(folder.path, DOCKER)} is not valid JSON`,
    });
  });
});

const NOT_FOUND = 'echo "credentials not found in native keychain"; exit 1';
