import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Exchange, makeImage, type ScriptedResponse, scriptedRegistry } from '@regfleet/harness';
import { type Logger, silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { blobOf, streamOf } from './blobs/blob.fixture.ts';
import { type OddRequest, oddRegistry } from './blobs/odd-registry.fixture.ts';
import type { Finding, RegistryClient } from './contract.ts';
import { allPages, testRegistries } from './registries.fixture.ts';

const IMAGE = makeImage({ layers: ['one'] });
const USER = { username: 'robot', password: 'hunter2' };
const MANIFEST: ScriptedResponse = {
  status: 200,
  headers: { 'content-type': IMAGE.mediaType, 'docker-content-digest': IMAGE.digest },
  body: IMAGE.bytes,
};
const TAGS = Buffer.from('{"name":"app","tags":["1"]}');
const KIB = 1024;
const PLAIN: Finding = { kind: 'plain-http' };

const on = (method: string, response: Exchange['response']): Exchange => ({
  method,
  path: /^\/v2\/app\//,
  times: 'any',
  response,
});

const withLogin =
  (response: ScriptedResponse): Exchange['response'] =>
  ({ headers }) =>
    headers.authorization === undefined ? { status: 404 } : response;

const BASE: Exchange = {
  method: 'GET',
  path: '/v2/',
  response: { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
};

const head = (client: RegistryClient): Promise<unknown> =>
  client.headManifest('app', '1').catch(() => undefined);
const tags = (client: RegistryClient): Promise<unknown> => allPages(client.listTags('app'));
const mount = (client: RegistryClient): Promise<unknown> => client.mountBlob('app', IMAGE.digest, 'other');

type Work = (client: RegistryClient) => Promise<unknown>;

describe('registry/findings', () => {
  it.each<[string, Work, readonly Exchange[], readonly Finding[]]>([
    ['nothing of one that works', head, [on('HEAD', MANIFEST)], []],
    [
      'that GET tells what HEAD does not',
      head,
      [on('HEAD', { status: 405 }), on('GET', MANIFEST)],
      [{ kind: 'head-refused', of: 'manifest', status: 405 }],
    ],
    [
      'nothing where GET is refused as well',
      head,
      [on('HEAD', { status: 403 }), on('GET', { status: 403 })],
      [],
    ],
    [
      'that HEAD of a blob tells nothing',
      (client) => client.headBlob('app', IMAGE.digest),
      [on('HEAD', { status: 403 })],
      [{ kind: 'head-refused', of: 'blob', status: 403 }],
    ],
    [
      'that the base alone asks for a login',
      head,
      [on('HEAD', withLogin(MANIFEST)), BASE],
      [{ kind: 'login-asked-at-base' }],
    ],
    [
      'that links of lists lead elsewhere',
      tags,
      [
        {
          ...on('GET', {
            status: 200,
            headers: { link: '<http://inside/v2/app/tags/list?last=1>' },
            body: TAGS,
          }),
          path: '/v2/app/tags/list?n=1000',
          times: 1,
        },
        on('GET', { status: 200, body: { tags: [] } }),
      ],
      [{ kind: 'pages-elsewhere' }],
    ],
    [
      'nothing of links that lead on',
      tags,
      [
        {
          ...on('GET', { status: 200, headers: { link: '<list?last=1>; rel="next"' }, body: TAGS }),
          path: '/v2/app/tags/list?n=1000',
          times: 1,
        },
        on('GET', { status: 200, body: { tags: [] } }),
      ],
      [],
    ],
    [
      'that answers are encoded unasked',
      tags,
      [on('GET', { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync(TAGS) })],
      [{ kind: 'answers-encoded' }],
    ],
    ['that it mounts blobs', mount, [on('POST', { status: 201 })], [{ kind: 'mounts', outcome: 'mounted' }]],
    [
      'that it refuses to mount blobs',
      mount,
      [on('POST', { status: 405 })],
      [{ kind: 'mounts', outcome: 'refused' }],
    ],
  ])('tell %s', async (_title, work, exchanges, expected) => {
    await using registry = await scriptedRegistry(exchanges);
    await using scenario = testRegistries();
    const credentials = exchanges.includes(BASE) ? USER : undefined;
    const client = scenario.connect({ host: registry.host, credentials });
    expect(client.findings()).toEqual([]);
    await work(client);
    expect(client.findings()).toEqual([PLAIN, ...expected]);
  });

  it('tell and log in which form blobs are sent, as long as that helps', async () => {
    let isWhole = false;
    const meet = ({ method, bytes }: OddRequest, raw: IncomingMessage, response: ServerResponse): boolean => {
      const isLarge = bytes > 128 * KIB;
      // It has been mended, and put portions together wrongly since then.
      const status = isWhole ? (method === 'PATCH' ? 405 : 0) : isLarge ? 413 : 0;
      if (status !== 0) raw.resume().on('end', () => response.writeHead(status).end());
      return status !== 0;
    };
    await using registry = await oddRegistry({ meet });
    const logged: unknown[] = [];
    const logger: Logger = { ...silentLogger, debug: (fields, message) => logged.push({ fields, message }) };
    await using scenario = testRegistries({ logger });
    const client = scenario.connect(registry);
    const upload = async (): Promise<void> => {
      const content = randomBytes(512 * KIB);
      await client.uploadBlob('app', blobOf(content), async () => streamOf(content));
    };
    await upload();
    const portions = { kind: 'largest-body', bytes: 128 * KIB };
    expect(client.findings()).toEqual([PLAIN, portions]);
    expect(logged).toContainEqual({
      fields: { registry: registry.host, finding: portions },
      message: 'learnt how the registry works',
    });
    isWhole = true;
    await upload();
    expect(client.findings()).toEqual([PLAIN]);
  });

  it('are logged once, when they are found', async () => {
    const logged: unknown[] = [];
    const debug: Logger['debug'] = (fields, message) => {
      if (message === 'learnt how the registry works') logged.push(fields);
    };
    const logger: Logger = { ...silentLogger, debug };
    await using registry = await scriptedRegistry([on('HEAD', { status: 405 }), on('GET', MANIFEST)]);
    await using scenario = testRegistries({ logger });
    const client = scenario.connect(registry);
    await head(client);
    await head(client);
    const finding = { kind: 'head-refused', of: 'manifest', status: 405 };
    expect(logged).toEqual([{ registry: registry.host, finding }]);
  });

  it('tell that content goes by PATCH alone', async () => {
    const meet = ({ method, bytes }: OddRequest, raw: IncomingMessage, response: ServerResponse): boolean => {
      const isRefused = method === 'PUT' && bytes > 0;
      if (isRefused) raw.resume().on('end', () => response.writeHead(405).end());
      return isRefused;
    };
    await using registry = await oddRegistry({ meet });
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    const content = randomBytes(KIB);
    await client.uploadBlob('app', blobOf(content), async () => streamOf(content));
    expect(client.findings()).toEqual([PLAIN, { kind: 'put-without-content' }]);
  });

  it('tell how many requests are sent to one that they come to too fast', async () => {
    await using registry = await scriptedRegistry([
      { ...on('HEAD', { status: 429 }), times: 1 },
      on('HEAD', MANIFEST),
    ]);
    await using scenario = testRegistries({ timeouts: { refusedMs: 1 } });
    const client = scenario.connect(registry);
    await head(client);
    expect(client.findings()).toEqual([PLAIN, { kind: 'requests-at-once', count: 1 }]);
  });
});
