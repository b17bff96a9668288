import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { makeImage, startHttpServer } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { blobOf, streamOf } from './blob.fixture.ts';
import { type OddRequest, oddRegistry } from './odd-registry.fixture.ts';

const MIB = 1024 * 1024;
const CONTENT = randomBytes(3 * MIB);
const BLOB = blobOf(CONTENT);
const USER = { username: 'robot', password: 'hunter2' };
const LOGIN = `Basic ${Buffer.from('robot:hunter2').toString('base64')}`;

/** Wants a login, and sends every write on to another path of its own. */
const moving =
  (status: number, limitBytes = Number.POSITIVE_INFINITY) =>
  ({ path, bytes, authorization, method }: OddRequest, _: unknown, response: ServerResponse): boolean => {
    const isMoved = path.startsWith('/moved');
    if (authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    else if (method === 'GET') response.writeHead(404).end();
    else if (!isMoved) response.writeHead(status, { location: `/moved${path}` }).end();
    else if (bytes > limitBytes) response.writeHead(413).end();
    else return false;
    return true;
  };

describe('registry/blobs/uploads that are redirected', () => {
  it.each([307, 308])('follow a %i to the registry’s own host with its login', async (status) => {
    await using registry = await oddRegistry({ meet: moving(status) });
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    let opened = 0;
    await client.uploadBlob('team/app', BLOB, async () => {
      opened += 1;
      return streamOf(CONTENT);
    });
    expect(registry.stored).toContain(BLOB.digest);
    expect(registry.came).toEqual([
      'POST 0',
      'POST 0',
      'POST 0',
      `PUT ${BLOB.sizeBytes}`,
      `PUT ${BLOB.sizeBytes}`,
    ]);
    expect(opened).toBe(2);
    expect(registry.requests.slice(1).every(({ authorization }) => authorization === LOGIN)).toBe(true);
  });

  it('follow one of each portion', async () => {
    await using registry = await oddRegistry({ meet: moving(307, 2 * MIB) });
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await client.uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
    expect(registry.stored).toContain(BLOB.digest);
    expect(registry.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(4);
  });

  it('are followed by their manifest, which is redirected as well', async () => {
    let put = '';
    const meet = ({ path }: OddRequest, raw: NodeJS.ReadableStream, response: ServerResponse): boolean => {
      if (path.startsWith('/moved')) {
        raw.on('data', (chunk: Buffer) => {
          put += chunk;
        });
        raw.on('end', () => response.writeHead(201).end());
      } else response.writeHead(307, { location: `/moved${path}` }).end();
      return true;
    };
    await using registry = await oddRegistry({ meet });
    await using scenario = testRegistries();
    const { bytes, digest, mediaType } = makeImage({ layers: [] });
    await scenario.connect(registry).putManifest('team/app', '1', { bytes, digest, mediaType });
    expect(put).toBe(Buffer.from(bytes).toString());
  });

  it('give up where they are sent in circles', async () => {
    const meet = ({ method, path }: OddRequest, _: unknown, response: ServerResponse): boolean => {
      if (method === 'PUT') response.writeHead(307, { location: path }).end();
      return method === 'PUT';
    };
    await using registry = await oddRegistry({ meet });
    await using scenario = testRegistries();
    const upload = scenario.connect(registry).uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
    await expect(upload).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
    expect(registry.came.length).toBeLessThan(20);
  });

  it.each(['POST', 'PUT'])('send nothing to another host by a redirect of a %s', async (redirected) => {
    const came: string[] = [];
    await using other = await startHttpServer((request, response) => {
      came.push(`${request.method} ${request.url}`);
      response.writeHead(201).end();
    });
    const meet = ({ method, path }: OddRequest, _: unknown, response: ServerResponse): boolean => {
      if (method === redirected) response.writeHead(307, { location: `${other.url}${path}` }).end();
      return method === redirected;
    };
    await using registry = await oddRegistry({ meet });
    await using scenario = testRegistries();
    const upload = scenario.connect(registry).uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
    await expect(upload).rejects.toMatchObject({
      code: 'REDIRECT_REFUSED',
      httpStatus: 307,
      registry: registry.host,
    });
    expect(came).toEqual([]);
  });
});
