import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Regfleet,
  startRegistry,
  type TemporaryFolder,
  type TestRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';

interface Checked {
  readonly side?: string;
  readonly registry: string;
  readonly repository?: string;
  readonly tasks: readonly string[];
  readonly account?: string;
  readonly result: string;
  readonly error?: { readonly code: string };
}

const login = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
const RIGHT = login('user:secret');
const WRONG = login('user:mistaken');
const UNREADABLE = { auth: '!' };

describe('system/login-files', () => {
  let folder: TemporaryFolder;
  let guarded: TestRegistry;
  let open: TestRegistry;

  beforeAll(async () => {
    [folder, guarded, open] = await Promise.all([
      temporaryFolder(),
      startRegistry({ htpasswd: { username: 'user', password: 'secret' } }),
      startRegistry(),
    ]);
  });

  afterAll(async () => {
    for (const resource of [folder, guarded, open]) await resource?.stop();
  });

  /** @param logins - by the path behind the host of the guarded registry, '' for all of it. */
  async function command(logins: Record<string, object>, tasks: readonly object[]): Promise<Regfleet> {
    const [file, authFile] = [join(folder.path, 'config.yaml'), join(folder.path, 'auth.json')];
    const auths = Object.entries(logins).map(([path, entry]) => [`${guarded.host}${path}`, entry]);
    await writeFile(authFile, JSON.stringify({ auths: Object.fromEntries(auths) }));
    await writeFile(file, stringify({ relay: 'direct', tasks }));
    return new Regfleet({ config: file, env: { REGISTRY_AUTH_FILE: authFile } });
  }

  async function check(regfleet: Regfleet): Promise<{ code: number | null; sources: readonly Checked[] }> {
    const { code, stdout } = await regfleet.run(['login-check', '--json']);
    const logins = JSON.parse(stdout) as Checked[];
    return { code, sources: logins.filter(({ side }) => side === 'source') };
  }

  function task(name: string, repositories: readonly string[], path = ''): object {
    return {
      name,
      source: { registry: `${guarded.host}${path}`, 'skip-tls-verify': true },
      target: { registry: open.host, 'skip-tls-verify': true, auth: 'none' },
      mappings: repositories.map((from) => ({ from })),
    };
  }

  it('lets no login of the whole registry fail that of a repository', async () => {
    const regfleet = await command({ '': UNREADABLE, '/team-a': RIGHT }, [task('ta', ['team-a/x'])]);
    expect(await check(regfleet)).toMatchObject({
      code: 0,
      sources: [{ tasks: ['ta'], account: 'user', result: 'logged-in' }],
    });
  });

  it('tells of an unreadable login of the whole registry where a task uses it', async () => {
    const regfleet = await command({ '': UNREADABLE, '/team-a': RIGHT }, [task('tb', ['team-b/y'])]);
    expect(await check(regfleet)).toMatchObject({
      code: 2,
      sources: [{ tasks: ['tb'], result: 'failed', error: { code: 'CREDENTIALS_INVALID' } }],
    });
  });

  it('tries the login of every repository, each once, and says which it is for', async () => {
    const regfleet = await command({ '': RIGHT, '/team-a': login('a:secret'), '/team-b': WRONG }, [
      task('ta', ['app', 'team-a/x', 'team-a/z']),
      task('tb', ['team-b/y', 'team-a/x']),
    ]);
    const { code, sources } = await check(regfleet);
    expect(sources).toMatchObject([
      { tasks: ['ta'], account: 'user', result: 'logged-in' },
      { repository: 'team-a/x', tasks: ['ta', 'tb'], account: 'a', result: 'failed' },
      { repository: 'team-b/y', tasks: ['tb'], account: 'user', result: 'failed' },
    ]);
    expect(sources[0]).not.toHaveProperty('repository');
    expect(code).toBe(1);
    const { stdout } = await regfleet.run(['login-check']);
    expect(stdout).toMatch(
      new RegExp(`^source +${guarded.host}/team-b/y +user +docker-config +failed: UNAUTHORIZED`, 'm'),
    );
  });

  it('tries the login of the path behind the host where repositories are chosen by a regex', async () => {
    const regfleet = await command({ '/team-a': RIGHT, '/team-b': WRONG }, [
      task('ta', ['regex:.*'], '/team-a'),
      task('tb', ['regex:.*'], '/team-b'),
    ]);
    expect(await check(regfleet)).toMatchObject({
      code: 1,
      sources: [
        { registry: guarded.host, repository: 'team-a', tasks: ['ta'], result: 'logged-in' },
        { registry: guarded.host, repository: 'team-b', tasks: ['tb'], result: 'failed' },
      ],
    });
  });

  it('shows one failure of the whole registry once, whatever uses it', async () => {
    const regfleet = await command({ '': UNREADABLE }, [
      task('ta', ['team-a/x', 'regex:.*']),
      task('tb', ['team-b/y']),
    ]);
    const { sources } = await check(regfleet);
    expect(sources).toMatchObject([{ tasks: ['ta', 'tb'], error: { code: 'CREDENTIALS_INVALID' } }]);
    expect(sources[0]).not.toHaveProperty('repository');
  });
});
