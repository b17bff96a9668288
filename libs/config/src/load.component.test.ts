import { chmod, mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';

const CONFIG = `
relay: direct
registries: {a.example.com: {username: joe, password-file: secrets/password.txt}}
redis: {url: 'redis://:hunter2@redis.test:6379'}
tasks: []
`;

interface Modes {
  readonly folder: number;
  readonly config: number;
  readonly secrets: number;
  readonly password: number;
}

const CLOSED: Modes = { folder: 0o755, config: 0o640, secrets: 0o755, password: 0o640 };

/** The rules of the warnings about who may use the files. */
async function warnings(modes: Partial<Modes>, name = 'config.yaml'): Promise<string[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'rf-'));
  const { folder: top, config, secrets, password } = { ...CLOSED, ...modes };
  const paths = {
    config: join(folder.path, 'config.yaml'),
    password: join(folder.path, 'secrets', 'password.txt'),
  };
  await mkdir(dirname(paths.password));
  await writeFile(paths.config, CONFIG);
  await writeFile(paths.password, 'hunter2');
  await symlink(paths.config, join(folder.path, 'link.yaml'));
  // Whatever this process takes away from the modes of new files.
  await chmod(paths.config, config);
  await chmod(paths.password, password);
  await chmod(dirname(paths.password), secrets);
  await chmod(folder.path, top);
  const { issues } = await loadConfig(join(folder.path, name), { env: {} });
  return issues.map(({ rule }) => rule).filter((rule) => /-world-/.test(rule));
}

const SPOKEN = `relay: direct
tasks:
- name: h\u00f6rbar \u{1F600}
  source: {registry: a.test}
  target: {registry: b.test}
  mappings: [{from: app}]
`;

async function loaded(bytes: Buffer): ReturnType<typeof loadConfig> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'rf-'));
  const file = join(folder.path, 'config.yaml');
  await writeFile(file, bytes);
  return await loadConfig(file, { env: {} });
}

describe('config/load', () => {
  it.each([
    ['/dev/zero', /it has more than 16 MiB$/],
    [tmpdir(), /EISDIR/],
    ['/does/not/exist', /ENOENT/],
  ])('tells that %s is no file to be read', async (file, why) => {
    await expect(loadConfig(file, { env: {} })).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringMatching(why),
    });
  });

  it.each([
    ['nobody else may use the files', {}, []],
    ['everybody can read the config', { config: 0o644 }, ['config-world-readable']],
    ['everybody can change the config', { config: 0o602 }, ['config-world-writable']],
    ['everybody can read the password', { password: 0o604 }, ['password-file-world-readable']],
    [
      'everybody can do all',
      { config: 0o666, password: 0o646 },
      [
        'config-world-readable',
        'config-world-writable',
        'password-file-world-readable',
        'password-file-world-writable',
      ],
    ],
    ['a folder keeps them from the password', { secrets: 0o750, password: 0o644 }, []],
    ['a folder keeps them from all', { folder: 0o700, config: 0o644, password: 0o644 }, []],
  ])('warns where %s', async (_title, modes, rules) => {
    expect((await warnings(modes)).sort()).toEqual(rules);
  });

  it.each([
    ['UTF-8', Buffer.from(SPOKEN)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${SPOKEN}`)],
    ['UTF-16, little end first', Buffer.from(`\uFEFF${SPOKEN}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\uFEFF${SPOKEN}`, 'utf16le').swap16()],
  ])('reads %s', async (_encoding, bytes) => {
    const { config, issues } = await loaded(bytes);
    expect(issues).toEqual([]);
    expect(config?.tasks.map(({ name }) => name)).toEqual(['h\u00f6rbar \u{1F600}']);
  });

  it('refuses any other encoding, and says where', async () => {
    await expect(
      loaded(Buffer.from('relay: direct\n# h\u00f6rbar\ntasks: []\n', 'latin1')),
    ).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringContaining('not UTF-8, in line 2'),
      hint: expect.stringContaining('UTF-8'),
    });
  });

  it.each([
    ['is cut off', Buffer.from('\uFEFFtasks: []\n', 'utf16le').subarray(0, -1)],
    ['holds half a character', Buffer.from('\uFEFF# \uD83D\ntasks: []\n', 'utf16le')],
  ])('refuses UTF-16 that %s, instead of a text with other characters', async (_title, bytes) => {
    await expect(loaded(bytes)).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringContaining('UTF-16'),
    });
  });

  it('follows links to the file that everybody can read', async () => {
    expect(await warnings({ config: 0o644 }, 'link.yaml')).toEqual(['config-world-readable']);
  });
});
