import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  type Exchange,
  freePort,
  makeImage,
  scriptedRegistry,
  startHttpServer,
  temporaryFolder,
  writeCertsDir,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { AddressPolicy } from './address-policy.ts';
import { ask, connectionSettings, connectionsOf } from './connections.fixture.ts';
import { startMuteProxy } from './mute-proxy.fixture.ts';

const IMAGE = makeImage({ layers: ['one'] });

const found = {
  status: 200,
  headers: { 'docker-content-digest': IMAGE.digest, 'content-type': IMAGE.mediaType },
};
const head = (response: Exchange['response']): Exchange => ({ method: 'HEAD', path: /manifests/, response });

/** A forward proxy that sends everybody to one server, and notes what it was asked for. */
async function startProxy(target: string) {
  const asked: string[] = [];
  const authorization = (request: IncomingMessage): string => request.headers['proxy-authorization'] ?? '';
  const [host = '', port = ''] = target.split(':');
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${authorization(request)}`);
    response.writeHead(200, { ...found.headers, 'content-length': '2' }).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url} ${authorization(request)}`);
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('registry/http/proxy', () => {
  const skipVerify = { tls: { skipVerify: true, certsDir: '/does/not/exist' } };
  const login = `Basic ${Buffer.from('user:pa ss').toString('base64')}`;

  it('tunnels TLS, with the login of the proxy', async () => {
    await using registry = await scriptedRegistry([head(found)], { tls: true });
    await using proxy = await startProxy(registry.host);
    await using scenario = testRegistries({
      env: { HTTPS_PROXY: `http://user:pa%20ss@127.0.0.1:${proxy.port}` },
    });
    const client = scenario.connect({ host: 'registry.test' }, skipVerify);
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
    expect(proxy.asked).toEqual([`CONNECT registry.test:443 ${login}`]);
  });

  it('asks for plain HTTP by whole URL', async () => {
    await using proxy = await startProxy('127.0.0.1:1');
    await using scenario = testRegistries({ env: { ALL_PROXY: `http://127.0.0.1:${proxy.port}` } });
    const client = scenario.connect({ host: 'registry.test:5000' }, skipVerify);
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
    expect(proxy.asked.at(-1)).toContain('HEAD http://registry.test:5000/v2/team/app/manifests/1.0');
  });

  it('leaves out what NO_PROXY names', async () => {
    await using proxy = await startProxy('127.0.0.1:1');
    const env = { ALL_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: 'registry.invalid' };
    await using scenario = testRegistries({ env });
    const client = scenario.connect({ host: 'registry.invalid' });
    await expect(client.ping()).rejects.toMatchObject({ code: 'NETWORK_FAILED' });
    expect(proxy.asked).toEqual([]);
  });

  it('is asked for no host that a registry names and that may not be asked', async () => {
    await using proxy = await startProxy('127.0.0.1:1');
    const asked: string[] = [];
    const settings = connectionSettings({
      env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` },
      addressPolicy: new AddressPolicy('registry.test', (hostname, _options, callback) => {
        asked.push(hostname);
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      }),
    });
    await using connections = connectionsOf(settings);
    const near = new URL('http://near.test/');
    await expect(connections.to(near, { isTransfer: false, foreign: 'redirect' })).rejects.toMatchObject({
      code: 'REDIRECT_REFUSED',
    });
    expect(asked).toEqual(['near.test']);
    // Names that the operator chose are the proxy's to resolve.
    for (const url of [near, new URL('http://registry.test/')]) {
      (await connections.to(url, { isTransfer: false })).leave();
    }
    expect(asked).toEqual(['near.test']);
  });

  it('is looked up as registries are: once for all connections that wait for its name', async () => {
    await using proxy = await startProxy('127.0.0.1:1');
    const asked: string[] = [];
    const settings = connectionSettings({
      env: { HTTP_PROXY: `http://proxy.test:${proxy.port}` },
      addressPolicy: new AddressPolicy('registry.test', (hostname, _options, callback) => {
        asked.push(hostname);
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      }),
    });
    await using connections = connectionsOf(settings);
    const url = new URL('http://registry.test/');
    const { carrier, leave } = await connections.to(url, { isTransfer: false });
    await ask(carrier, url);
    leave();
    expect(asked).toEqual(['proxy.test']);
  });

  it('is given up in time, whichever way it is to lead, without a word of libraries past the log', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): number => warnings.push(message);
    process.on('warning', onWarning);
    const given = ['http', 'https', 'socks5'].map(async (scheme) => {
      await using proxy = await startMuteProxy();
      const env = { HTTPS_PROXY: proxy.url.replace(/^http/, scheme) };
      await using scenario = testRegistries({ env, timeouts: { connectMs: 200 } });
      await expect(scenario.connect({ host: 'registry.test' }).ping()).rejects.toMatchObject({
        code: 'TIMED_OUT',
      });
    });
    await Promise.all(given);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('holds nobody who is told to stop while it opens a tunnel', async () => {
    await using proxy = await startMuteProxy();
    const timeouts = { connectMs: 600_000 };
    await using scenario = testRegistries({ env: { HTTPS_PROXY: proxy.url }, timeouts });
    const abort = new AbortController();
    const client = scenario.connect({ host: 'registry.test' });
    const asked = client.headManifest('team/app', '1.0', { signal: abort.signal });
    await proxy.asked;
    abort.abort(new Error('shutting down'));
    await expect(asked).rejects.toThrow('shutting down');
  });

  describe('when it is the one that fails', () => {
    const SECRET = 'hunter22-of-the-proxy';

    it.each<readonly [string, (socket: Socket) => unknown]>([
      ['says what is no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
      ['cuts the connection', (socket) => socket.destroy()],
      ['resets the connection', (socket) => socket.resetAndDestroy()],
      ['says nothing', () => undefined],
    ])('%s: it is named, not the registry alone, with what to do', async (_title, speak) => {
      await using proxy = await startMuteProxy(speak);
      const env = { HTTPS_PROXY: proxy.url.replace('//', `//somebody:${SECRET}@`) };
      await using scenario = testRegistries({ env, timeouts: { connectMs: 200 } });
      const failure = await scenario.connect({ host: 'registry.invalid' }).ping().catch(String);
      expect(failure).toContain(`registry.invalid by the proxy ${new URL(proxy.url).host}`);
      expect(failure).not.toContain(SECRET);
    });

    it.each([
      ['runs nowhere', async () => `127.0.0.1:${await freePort()}`, 'ECONNREFUSED'],
      ['has a name that nobody knows', async () => 'proxy.invalid:3128', /E(?:NOTFOUND|AI_)/],
    ])('%s: the hint is about the proxy', async (_title, find, code) => {
      const proxy = await find();
      await using scenario = testRegistries({ env: { HTTPS_PROXY: `http://${proxy}` } });
      await expect(scenario.connect({ host: 'registry.test' }).ping()).rejects.toMatchObject({
        code: 'NETWORK_FAILED',
        message: expect.stringMatching(code),
        hint: expect.stringContaining('does the proxy run there'),
      });
    });
  });

  describe('by TLS', () => {
    it.each([
      ['a question', 'HTTP_PROXY', /its certificate is not trusted/, undefined],
      ['a tunnel', 'HTTPS_PROXY', /its certificate is not trusted/, /the proxy cut the connection/],
    ])('%s trusts whom <certs-dir>/<proxy> names, and no other', async (_title, variable, before, after) => {
      const warnings: string[] = [];
      const onWarning = ({ message }: Error): number => warnings.push(message);
      process.on('warning', onWarning);
      await using folder = await temporaryFolder();
      await using proxy = await startHttpServer((_request, response) => response.end('{}'), { tls: true });
      const certsDir = join(folder.path, 'certs.d');
      const failure = async (): Promise<string | undefined> => {
        await using scenario = testRegistries({ env: { [variable]: proxy.url } });
        const tls = { skipVerify: variable === 'HTTP_PROXY', certsDir };
        const client = scenario.connect({ host: 'registry.test' }, { tls });
        return await client.ping().then(() => undefined, String);
      };
      expect(await failure()).toMatch(before);
      await writeCertsDir(certsDir, [proxy.host], proxy.tls);
      if (after === undefined) expect(await failure()).toBeUndefined();
      else expect(await failure()).toMatch(after);
      process.off('warning', onWarning);
      expect(warnings).toEqual([]);
    });
  });

  it('may have a path in its URL, which means nothing', async () => {
    await using registry = await scriptedRegistry([head(found)], { tls: true });
    await using proxy = await startProxy(registry.host);
    await using scenario = testRegistries({
      env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}/proxy.pac?for=all#those` },
    });
    const client = scenario.connect({ host: 'registry.test' }, skipVerify);
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });

  it('may not fall silent in the middle of what it hands on', async () => {
    await using proxy = await startMuteProxy((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
    });
    await using scenario = testRegistries({ env: { HTTP_PROXY: proxy.url }, timeouts: { silenceMs: 200 } });
    const client = scenario.connect({ host: 'registry.test' }, skipVerify);
    await expect(client.getManifest('team/app', '1.0')).rejects.toMatchObject({ code: 'TIMED_OUT' });
  });

  describe('when it answers itself', () => {
    const LOGIN = 'somebody:hunter22-of-the-proxy@';

    /** Answers all it is asked with `status`, and repeats what it was shown. */
    async function startRefusing(status: number) {
      const server = createServer((request, response) => {
        asked.push(`${request.method}`);
        response.writeHead(status).end(`${request.headers['proxy-authorization']} ${LOGIN}`);
      });
      const asked: string[] = [];
      server.on('connect', ({ method }, socket) => {
        asked.push(`${method}`);
        socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      return { host, asked, [Symbol.asyncDispose]: async () => void server.close() };
    }

    it('at a host that the registry redirects to: all three are told, and the registry as whose it is', async () => {
      const location = 'https://store.invalid/blob';
      const redirecting = (_request: IncomingMessage, response: ServerResponse) =>
        response.writeHead(307, { location }).end();
      await using registry = await startHttpServer(redirecting);
      await using proxy = await startRefusing(403);
      await using scenario = testRegistries({ env: { HTTPS_PROXY: `http://${proxy.host}` } });
      const client = scenario.connect(registry);
      await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({
        code: 'REQUEST_REFUSED',
        message: `cannot reach store.invalid, to which ${registry.host} redirects: the proxy ${proxy.host} answered 403`,
        registry: registry.host,
      });
    });

    it.each([
      ['a tunnel', 'HTTPS_PROXY', 407, 'REQUEST_REFUSED', 1, 'a user and a password'],
      ['a tunnel', 'HTTPS_PROXY', 403, 'REQUEST_REFUSED', 1, 'let the proxy allow'],
      ['a tunnel', 'HTTPS_PROXY', 502, 'NETWORK_FAILED', 3, 'can the proxy reach'],
      ['a question', 'HTTP_PROXY', 407, 'REQUEST_REFUSED', 1, 'a user and a password'],
      ['a question', 'HTTP_PROXY', 403, 'DENIED', 1, 'does the proxy'],
    ] as const)('%s by %s with %i: %s after %i, with a hint and no secret', async (...row) => {
      const [_title, variable, status, code, times, hint] = row;
      await using proxy = await startRefusing(status);
      const env = { [variable]: `http://${LOGIN}${proxy.host}` };
      await using scenario = testRegistries({ env });
      const isTunnel = variable === 'HTTPS_PROXY';
      const client = scenario.connect({ host: 'registry.invalid' }, isTunnel ? {} : skipVerify);
      const failure: unknown = await client.ping().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code, message: expect.stringContaining(String(status)) });
      expect(failure).toMatchObject({ hint: expect.stringContaining(hint), registry: 'registry.invalid' });
      if (status < 500) expect(JSON.stringify(failure)).toContain(proxy.host);
      expect(JSON.stringify(failure)).not.toMatch(/hunter22|c29tZWJvZHk6aHVudGVyMjI/);
      expect(proxy.asked).toHaveLength(times);
    });
  });
});
