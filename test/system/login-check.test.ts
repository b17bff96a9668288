import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  countingProxy,
  fillRegistry,
  Regfleet,
  type Resource,
  startGithubTokenServer,
  startHttpServer,
  startRegistry,
  startTokenServer,
  type TemporaryFolder,
  type TestRegistry,
  type TokenServer,
  temporaryFolder,
} from '@regfleet/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';

const PASSWORD = 'hunter2 %"\\:ü $x';

// As the registries name the accounts that are made for programs.
const ROBOTS = {
  github: 'octocat',
  gitlab: 'gitlab+deploy-token-1',
  quay: 'acme+mirror',
  harbor: 'robot$acme+mirror',
};

interface Checked {
  readonly side?: string;
  readonly registry: string;
  readonly tasks: readonly string[];
  readonly account?: string;
  readonly provider?: string;
  readonly result: string;
  readonly error?: { readonly code: string; readonly message: string; readonly side?: string };
  readonly hint?: string;
  readonly learnt?: readonly object[];
}

describe('system/login-check', () => {
  let folder: TemporaryFolder;
  let tokens: TokenServer;
  let guarded: TestRegistry;
  let token: TestRegistry;
  let open: TestRegistry;
  const started: Resource[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    const users = Object.values(ROBOTS).map((username) => ({ username, password: PASSWORD }));
    tokens = await startTokenServer({ users, expiresInSeconds: 60, anonymousActions: ['pull'] });
    [token, guarded, open] = await Promise.all([
      startRegistry({ tokenServer: tokens }),
      startRegistry({ htpasswd: { username: 'user', password: PASSWORD } }),
      startRegistry(),
    ]);
    started.push(folder, tokens, token, guarded, open);
    await fillRegistry(open, [{ repository: 'app', tags: ['1'] }]);
  });

  afterAll(async () => {
    await Promise.all(started.map((resource) => resource.stop()));
  });

  let files = 0;
  async function commandOf(config: object, env: Record<string, string> = {}): Promise<Regfleet> {
    files += 1;
    const file = join(folder.path, `config-${files}.yaml`);
    await writeFile(file, stringify({ relay: 'direct', ...config }));
    const nowhere = { HOME: '/nonexistent', XDG_RUNTIME_DIR: '/nonexistent' };
    return new Regfleet({ config: file, env: { ...nowhere, PASSWORD, ...env } });
  }

  async function check(regfleet: Regfleet, ...flags: string[]) {
    const { code, stdout, stderr } = await regfleet.run(['login-check', '--json', ...flags]);
    for (const said of [stdout, stderr]) expect(said).not.toContain('hunter2');
    return { code, logins: JSON.parse(stdout) as Checked[] };
  }

  const at = (registry: { host: string }, more: object = {}) => ({
    registry: registry.host,
    'skip-tls-verify': true,
    ...more,
  });
  const fromEnvironment = ['${', 'PASSWORD', '}'].join('');
  const user = { username: 'user', password: fromEnvironment };
  const task = (name: string, source: object, target: object) => ({
    name,
    source,
    target,
    mappings: [{ from: 'app' }],
  });

  it('logs in as every account of the config, each once a side', async () => {
    const source = (username: string) => at(token, { username, password: fromEnvironment });
    const tasks = Object.entries(ROBOTS).map(([name, username]) => task(name, source(username), at(open)));
    const asked = tokens.requests.length;
    const { code, logins } = await check(await commandOf({ tasks }));
    const sources = logins.filter(({ side }) => side === 'source');
    expect(sources).toEqual(
      Object.entries(ROBOTS).map(([name, account]) => ({
        side: 'source',
        registry: token.host,
        tasks: [name],
        account,
        provider: 'auth',
        result: 'logged-in',
        proved: [`may ask for the tags of ${token.host}/app`],
        hint: `not there, or hidden from this account: ${token.host}/app`,
        learnt: [{ kind: 'plain-http' }],
      })),
    );
    expect(logins.filter(({ side }) => side === 'target')).toMatchObject([
      { registry: open.host, tasks: Object.keys(ROBOTS), provider: 'anonymous', result: 'anonymous' },
    ]);
    expect(code).toBe(0);
    expect(tokens.requests.slice(asked).map(({ account }) => account)).toHaveLength(4);
  });

  it('names who gave the credentials: config, file, docker login', async () => {
    await writeFile(join(folder.path, 'password'), `${PASSWORD}\n`);
    const auth = Buffer.from(`user:${PASSWORD}`).toString('base64');
    const authFile = join(folder.path, 'auth.json');
    await writeFile(authFile, JSON.stringify({ auths: { [guarded.host]: { auth } } }));
    const sources = [
      at(guarded, { username: 'user', 'password-file': 'password' }),
      at(guarded, { auth }),
      at(guarded),
      at(guarded, {
        auth: Buffer.from(JSON.stringify({ username: 'user', password: PASSWORD })).toString('base64'),
      }),
    ];
    const tasks = sources.map((source, index) => task(`task-${index}`, source, at(open)));
    const { code, logins } = await check(await commandOf({ tasks }, { REGISTRY_AUTH_FILE: authFile }));
    expect(code).toBe(0);
    expect(
      logins.filter(({ side }) => side === 'source').map(({ tasks: of, provider }) => [of, provider]),
    ).toEqual([
      [['task-0'], 'password-file'],
      [['task-1', 'task-3'], 'auth'],
      [['task-2'], 'docker-config'],
    ]);
  });

  it('sends one request, and that with the login once the registry has asked for it', async () => {
    await using counted = await countingProxy(guarded);
    const config = { registries: { [counted.host]: { 'skip-tls-verify': true, ...user } } };
    const { logins } = await check(await commandOf(config));
    expect(logins).toMatchObject([{ registry: counted.host, tasks: [], result: 'logged-in' }]);
    expect(counted.requests.summary()).toEqual({ 'GET ping': 2 });
  });

  it('fails for good with a wrong password, with side, provider and hint', async () => {
    const wrong = at(guarded, { username: 'user', password: 'hunter2 wrong' });
    await using issuer = await startGithubTokenServer();
    const ofJob = at(guarded, { username: 'job', 'github-audience': guarded.host });
    const tasks = [task('wrong', at(open), wrong), task('job', ofJob, at(open))];
    const { code, logins } = await check(await commandOf({ tasks }, issuer.env));
    expect(code).toBe(1);
    expect(logins.find(({ account }) => account === 'job')).toMatchObject({
      provider: 'github',
      error: { code: 'UNAUTHORIZED', side: 'source', registry: guarded.host },
    });
    expect(issuer.requests.map(({ query }) => query.get('audience'))).toContain(guarded.host);
    expect(logins[1]).toMatchObject({
      side: 'target',
      account: 'user',
      provider: 'auth',
      result: 'failed',
      error: { code: 'UNAUTHORIZED', side: 'target', registry: guarded.host },
      hint: expect.stringMatching(/./),
    });
  });

  it('tells a registry that cannot be reached from one that refuses', async () => {
    const dead = await startRegistry();
    await dead.stop();
    const { code, logins } = await check(await commandOf({ tasks: [task('dead', at(dead), at(open))] }));
    expect(code).toBe(75);
    expect(logins[0]).toMatchObject({ result: 'failed', error: { code: 'NETWORK_FAILED', side: 'source' } });
  });

  it('tries the login that a file has for the repository of a task, whatever it has for the registry', async () => {
    const authFile = join(folder.path, 'by-repository.json');
    const entry = (login: string) => ({ auth: Buffer.from(login).toString('base64') });
    const auths = {
      [guarded.host]: entry('wrong:wrong'),
      [`${guarded.host}/app`]: entry(`user:${PASSWORD}`),
    };
    await writeFile(authFile, JSON.stringify({ auths }));
    const regfleet = await commandOf(
      { tasks: [task('own', at(guarded), at(guarded))] },
      { REGISTRY_AUTH_FILE: authFile },
    );
    const { code, logins } = await check(regfleet);
    const found = { account: 'user', provider: 'docker-config', result: 'logged-in' };
    expect(logins).toMatchObject([found, found]);
    expect(code).toBe(0);
  });

  it('exits with 2 where only the configuration is wrong', async () => {
    const authFile = join(folder.path, 'without-helper.json');
    await writeFile(authFile, JSON.stringify({ credHelpers: { [guarded.host]: 'absent' } }));
    const regfleet = await commandOf(
      { tasks: [task('helper', at(open, { auth: 'none' }), at(guarded))] },
      { REGISTRY_AUTH_FILE: authFile },
    );
    const { code, logins } = await check(regfleet);
    expect(logins[1]).toMatchObject({ result: 'failed', error: { code: 'CREDENTIALS_INVALID' } });
    expect(code).toBe(2);
  });

  it('shows a registry that cannot be used beside the logins of all others', async () => {
    const registries = { [guarded.host]: { 'skip-tls-verify': true, ...user } };
    const odd = at({ host: 'registry.example.com:99999' });
    const regfleet = await commandOf({ registries, tasks: [task('odd', odd, at(open))] });
    const { code, logins } = await check(regfleet);
    expect(logins.map(({ registry, result }) => [registry, result])).toEqual([
      ['registry.example.com:99999', 'failed'],
      [open.host, 'anonymous'],
      [guarded.host, 'logged-in'],
    ]);
    expect(code).not.toBe(0);
  });

  it('says that credentials are not proved where the registry asks for none', async () => {
    const regfleet = await commandOf({ tasks: [task('open', at(open, user), at(guarded, user))] });
    const { code, logins } = await check(regfleet);
    expect(code).toBe(0);
    expect(logins).toMatchObject([
      { side: 'source', result: 'unproven', hint: expect.stringContaining('anybody') },
      { side: 'target', result: 'logged-in' },
    ]);
    const { stdout } = await regfleet.run(['login-check']);
    expect(stdout.split('\n')[0]).toMatch(/^side +registry +account +provider +result +hint$/);
    expect(stdout).toMatch(new RegExp(`^target +${guarded.host} +user +auth +logged in$`, 'm'));
  });

  it('reads anonymously what a source gives to everybody', async () => {
    const { logins } = await check(await commandOf({ tasks: [task('public', at(token), at(open))] }));
    expect(logins[0]).toMatchObject({ registry: token.host, provider: 'anonymous', result: 'anonymous' });
    expect(tokens.requests.at(-1)).toMatchObject({ account: '', scopes: ['repository:app:pull'] });
  });

  it.each([
    ['challenges at /v2/ only', (path: string) => path === '/v2/', true],
    ['lets anybody ping and refuses the repository', (path: string) => path !== '/v2/', false],
  ])('fails where a registry %s, as the copy does', async (_, challenges, takesAtBase) => {
    await using server = await startHttpServer((request, response) => {
      const [path = ''] = (request.url ?? '').split('?');
      const isTaken = path === '/v2/' && (!takesAtBase || request.headers.authorization !== undefined);
      const challenge = challenges(path) ? { 'www-authenticate': 'Basic realm="test"' } : {};
      response.writeHead(isTaken ? 200 : 401, challenge).end('{}');
    });
    const odd = { registry: new URL(server.url).host, 'skip-tls-verify': true, ...user };
    const tasks = [task('from', odd, at(open)), task('to', at(open), odd)];
    const { code, logins } = await check(await commandOf({ tasks }));
    expect(logins.filter(({ registry }) => registry === odd.registry)).toMatchObject([
      { side: 'source', result: 'failed', error: { code: 'UNAUTHORIZED', side: 'source' } },
      { side: 'target', result: 'failed', error: { code: 'UNAUTHORIZED', side: 'target' } },
    ]);
    expect(code).toBe(1);
  });

  it('proves a login that only /v2/ asks for, with repositories that are hidden from strangers', async () => {
    await using server = await startHttpServer((request, response) => {
      const isKnown = request.headers.authorization !== undefined;
      const isBase = request.url === '/v2/';
      const challenge = isBase ? { 'www-authenticate': 'Basic realm="test"' } : {};
      const digest = { 'docker-content-digest': `sha256:${'a'.repeat(64)}` };
      const type = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
      if (isKnown) response.writeHead(200, isBase ? {} : { ...digest, ...type }).end();
      else response.writeHead(isBase ? 401 : 404, challenge).end();
    });
    const odd = { registry: new URL(server.url).host, ...user };
    const { code, logins } = await check(await commandOf({ tasks: [task('to', at(open), odd)] }));
    expect(logins.find(({ registry }) => registry === odd.registry)).toMatchObject({ result: 'logged-in' });
    expect(logins.at(-1)).toMatchObject({
      learnt: [{ kind: 'plain-http' }, { kind: 'login-asked-at-base' }],
    });
    expect(code).toBe(0);
  });

  it('tells what the answers showed of a registry: HEAD refused, links that lead elsewhere', async () => {
    await using server = await startHttpServer((request, response) => {
      if (request.method === 'HEAD') response.writeHead(405).end();
      else if (request.url?.includes('/tags/list'))
        response
          .writeHead(200, { link: '</inside/v2/app/tags/list?last=1>; rel="next"' })
          .end('{"tags":["1"]}');
      else response.writeHead(404).end();
    });
    const odd = { registry: new URL(server.url).host };
    const regfleet = await commandOf({ tasks: [task('odd', odd, at(open)), task('to', at(open), odd)] });
    const { code, logins } = await check(regfleet);
    const learnt = [
      { kind: 'plain-http' },
      { kind: 'head-refused', of: 'manifest', status: 405 },
      { kind: 'pages-elsewhere' },
    ];
    const ofOdd = logins.filter(({ registry }) => registry === odd.registry);
    expect(ofOdd).toMatchObject(
      ['source', 'target'].map((side) => ({ side, learnt: expect.arrayContaining(learnt) })),
    );
    expect(code).toBe(0);
    const { stdout } = await regfleet.run(['login-check']);
    const lines = stdout.split('\n').filter((line) => line.startsWith(`learnt of ${odd.registry}: `));
    expect(lines).toEqual([expect.stringContaining('HEAD of manifests refused (405), GET used')]);
  });

  it('says what was proved of each repository, and fails where one of them is refused', async () => {
    const users = [
      { username: 'reader', password: PASSWORD, actions: ['pull'] },
      { username: 'team', password: PASSWORD, repositories: /^team\/.*$/ },
    ];
    await using server = await startTokenServer({ users, expiresInSeconds: 60 });
    await using registry = await startRegistry({ tokenServer: server });
    const as = (username: string) => at(registry, { username, password: fromEnvironment });
    const mapped = (name: string, source: object, target: object, ...from: string[]) => ({
      ...task(name, source, target),
      mappings: from.map((repository) => ({ from: repository })),
    });
    const tasks = [
      mapped('reader', at(open), as('reader'), 'app'),
      mapped('team', at(open), as('team'), 'team/a', 'team/b'),
      mapped('other', at(open), as('reader'), 'regex:app'),
      mapped('foreign', as('team'), at(open), 'team/a', 'foreign'),
    ];
    const { code, logins } = await check(await commandOf({ tasks }));
    const found = (side: string, account?: string): object | undefined =>
      logins.find((login) => login.side === side && login.account === account);
    expect(found('target', 'reader')).toMatchObject({ result: 'failed', error: { code: 'DENIED' } });
    expect(found('target', 'team')).toMatchObject({
      result: 'logged-in',
      proved: ['a', 'b'].map((name) => `token for push to ${registry.host}/team/${name} granted`),
    });
    expect(found('source', 'team')).toMatchObject({ result: 'failed', error: { side: 'source' } });
    expect(found('source')).toMatchObject({
      result: 'anonymous',
      proved: expect.arrayContaining([`may list the tags of ${open.host}/app`]),
    });
    expect(code).toBe(1);
  });

  it('leaves out what other tasks and registries use with --task, and exits with 2 for an unknown one', async () => {
    const regfleet = await commandOf({
      registries: { 'registry.invalid': { auth: 'none' } },
      tasks: [task('one', at(open), at(guarded, user)), task('two', at(token), at(open))],
    });
    const { code, logins } = await check(regfleet, '--task', 'one');
    expect({ code, tasks: logins.map(({ tasks }) => tasks) }).toEqual({ code: 0, tasks: [['one'], ['one']] });
    expect((await regfleet.run(['login-check', '--task', 'three'])).code).toBe(2);
  });

  it('is announced by plan, which names the provider of each side', async () => {
    const regfleet = await commandOf({ tasks: [task('open', at(open), at(guarded, user))] });
    const [plan] = (await regfleet.json(['plan'])) as { registries: object[] }[];
    expect(plan?.registries).toEqual([
      { side: 'source', registry: open.host, provider: 'anonymous' },
      { side: 'target', registry: guarded.host, provider: 'auth' },
    ]);
    const { stdout } = await regfleet.run(['plan']);
    expect(stdout).toContain(
      `\n  source ${open.host}: anonymous\n  target ${guarded.host}: credentials by auth\n`,
    );
  });
});
