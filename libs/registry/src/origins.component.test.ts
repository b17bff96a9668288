import { makeImage, type ScriptedRequest, scriptedRegistry, startHttpServer } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { readerOf } from './blobs/blob.fixture.ts';
import { locationOf, testRegistries } from './registries.fixture.ts';

const IMAGE = makeImage({ layers: ['one'] });
const [LAYER] = IMAGE.layers;
if (LAYER === undefined) throw new Error('the image has a layer');
const UPLOADS = '/v2/team/app/blobs/uploads/';
const USER = { username: 'robot', password: 'hunter2' };
const BASIC = { 'www-authenticate': 'Basic realm="x"' };

/** Somebody whom nobody has given a login, and what came there. */
async function stranger() {
  const came: string[] = [];
  const server = await startHttpServer((request, response) => {
    came.push(`${request.method} ${request.url} ${request.headers.authorization ?? 'without a login'}`);
    request.resume();
    request.on('end', () => response.writeHead(201).end());
  });
  return { ...server, came };
}

const challenged = (method: string, path: string | RegExp) => ({
  method,
  path,
  headers: { authorization: undefined },
  response: { status: 401, headers: BASIC },
});

const content = async () => readerOf([Buffer.from(LAYER.bytes())]);

describe('registry/origins', () => {
  it.each([
    ['//', (registry: string, other: string) => `http://${registry}//${other}/x`],
    ['/\\', (registry: string, other: string) => `http://${registry}/\\${other}/x`],
    ['no host and //', (_: string, other: string) => `////${other}/x`],
  ])('asks the registry itself for the page after a link whose path begins with %s', async (_title, link) => {
    await using other = await stranger();
    await using registry = await scriptedRegistry([
      challenged('GET', '/v2/team/app/tags/list?n=1000'),
      {
        method: 'GET',
        path: '/v2/team/app/tags/list?n=1000',
        response: ({ headers }: ScriptedRequest) => ({
          status: 200,
          headers: { link: `<${link(headers.host ?? '', other.host)}?last=1.0>; rel="next"` },
          body: { tags: ['1.0'] },
        }),
      },
      {
        method: 'GET',
        path: '/v2/team/app/tags/list?last=1.0',
        response: { status: 200, body: { tags: ['1.1'] } },
      },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    expect(await Array.fromAsync(client.listTags('team/app'))).toEqual([['1.0'], ['1.1']]);
    expect(other.came).toEqual([]);
  });

  it.each([
    ['//', (registry: string, other: string) => `http://${registry}//${other}/x`],
    ['/\\', (registry: string, other: string) => `http://${registry}/\\${other}/x`],
  ])('uploads to the registry itself where the path begins with %s', async (_title, location) => {
    await using other = await stranger();
    await using registry = await scriptedRegistry([
      challenged('POST', UPLOADS),
      {
        method: 'POST',
        path: UPLOADS,
        response: ({ headers }: ScriptedRequest) => ({
          status: 202,
          headers: { location: location(headers.host ?? '', other.host) },
        }),
      },
      { method: 'PUT', path: /^\/\/127\.0\.0\.1/, response: { status: 201 } },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await client.uploadBlob('team/app', LAYER, content);
    expect(other.came).toEqual([]);
  });

  it('takes a Location that begins with // for another host, which gets no login', async () => {
    await using other = await stranger();
    await using registry = await scriptedRegistry([
      challenged('POST', UPLOADS),
      {
        method: 'POST',
        path: UPLOADS,
        response: { status: 202, headers: { location: `//${other.host}/x` } },
      },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await client.uploadBlob('team/app', LAYER, content);
    expect(other.came).toEqual([`PUT /x?digest=${encodeURIComponent(LAYER.digest)} without a login`]);
  });

  it('asks no link-local address, whatever the form in which a registry names it', async () => {
    await using registry = await scriptedRegistry([
      {
        method: 'POST',
        path: UPLOADS,
        response: { status: 202, headers: { location: '//169.254.169.254/x' } },
      },
    ]);
    await using scenario = testRegistries();
    await expect(scenario.connect(registry).uploadBlob('team/app', LAYER, content)).rejects.toMatchObject({
      code: 'REDIRECT_REFUSED',
    });
  });

  it('asks no host that the page link of a server names that it was redirected to, and goes on by itself', async () => {
    await using other = await stranger();
    await using mirror = await scriptedRegistry([
      {
        method: 'GET',
        path: '/list',
        headers: { authorization: undefined },
        response: {
          status: 200,
          headers: { link: `<http://${other.host}/x>; rel="next"` },
          body: { tags: ['1.0'] },
        },
      },
    ]);
    await using registry = await scriptedRegistry([
      challenged('GET', '/v2/team/app/tags/list?n=1000'),
      {
        method: 'GET',
        path: '/v2/team/app/tags/list?n=1000',
        response: { status: 307, headers: { location: `http://${mirror.host}/list` } },
      },
      {
        method: 'GET',
        path: '/v2/team/app/tags/list?n=1000&last=1.0',
        response: { status: 200, body: { tags: ['1.1'] } },
      },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    expect(await Array.fromAsync(client.listTags('team/app'))).toEqual([['1.0'], ['1.1']]);
    expect(other.came).toEqual([]);
  });

  it('takes no list for whole whose end a server that it was redirected to keeps from it', async () => {
    const page = {
      status: 200,
      headers: { link: '</list?last=1.0>; rel="next"' },
      body: { tags: ['1.0'] },
    };
    await using mirror = await scriptedRegistry([{ method: 'GET', path: '/list', times: 2, response: page }]);
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path: '/v2/team/app/tags/list',
        times: 2,
        response: { status: 307, headers: { location: `http://${mirror.host}/list` } },
      },
    ]);
    await using scenario = testRegistries();
    const pages = Array.fromAsync(scenario.connect(registry).listTags('team/app'));
    await expect(pages).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
  });

  it('takes no word on where an upload stands from a server that it was redirected to', async () => {
    await using other = await stranger();
    await using mirror = await scriptedRegistry([
      {
        method: 'GET',
        path: '/status',
        response: { status: 204, headers: { range: '0-1', location: `http://${other.host}/x` } },
      },
    ]);
    await using registry = await scriptedRegistry([
      {
        method: 'POST',
        path: UPLOADS,
        times: 2,
        response: { status: 202, headers: { location: '/upload' } },
      },
      { method: 'PUT', path: /^\/upload/, response: { status: 503 } },
      {
        method: 'GET',
        path: '/upload',
        response: { status: 307, headers: { location: `http://${mirror.host}/status` } },
      },
      { method: 'PUT', path: /^\/upload/, response: { status: 201 } },
    ]);
    await using scenario = testRegistries();
    await scenario.connect(registry).uploadBlob('team/app', LAYER, content);
    expect(other.came).toEqual([]);
  });

  it('keeps the login of a web API at its origin', async () => {
    await using other = await stranger();
    await using hub = await scriptedRegistry([
      { method: 'POST', path: '/v2/users/login/', response: { status: 200, body: { token: 'jwt' } } },
      {
        method: 'GET',
        path: /repositories/,
        headers: { authorization: 'JWT jwt' },
        response: { status: 307, headers: { location: `http://${other.host}/x` } },
      },
    ]);
    await using scenario = testRegistries({ env: { REGFLEET_DOCKERHUB_URL: hub.url } });
    const location = locationOf({ host: hub.host, credentials: USER }, { lister: { type: 'dockerhub' } });
    const lister = scenario.registries.lister(location, { cacheDurationMs: 0 });
    await expect(lister.list()).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
    expect(other.came).toEqual(['GET /x without a login']);
  });
});
