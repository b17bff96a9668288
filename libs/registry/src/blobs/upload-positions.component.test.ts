import { createHash, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { startHttpServer } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { blobOf, streamOf } from './blob.fixture.ts';
import { START } from './upload.fixture.ts';

const KIB = 1024;
const LIMIT = 512 * KIB;
const CONTENT = randomBytes(4 * LIMIT);
const BLOB = blobOf(CONTENT);

interface Upload {
  id: number;
  content: Buffer;
  patches: number;
}

interface Came {
  readonly method: string;
  readonly from: number;
  readonly body: Buffer;
}

type Meet = (upload: Upload, came: Came, response: ServerResponse) => boolean;

/** A registry that takes portions up to a limit, each where the one before has ended. */
async function portionRegistry(meet: Meet) {
  const upload: Upload = { id: 0, content: Buffer.alloc(0), patches: 0 };
  const stored: string[] = [];
  const headers = () => ({
    location: `${START}${upload.id}`,
    range: `0-${Math.max(upload.content.byteLength - 1, 0)}`,
  });
  const complete = (response: ServerResponse): void => {
    const digest = `sha256:${createHash('sha256').update(upload.content).digest('hex')}`;
    const isRight = digest === BLOB.digest;
    if (isRight) stored.push(digest);
    response.writeHead(isRight ? 201 : 400).end('{"errors":[{"code":"DIGEST_INVALID"}]}');
  };
  const take = ({ method, from, body }: Came, response: ServerResponse): void => {
    const isMisplaced = from !== upload.content.byteLength && body.byteLength > 0;
    if (body.byteLength > LIMIT || isMisplaced) {
      response.writeHead(isMisplaced ? 416 : 413).end();
      return;
    }
    upload.content = Buffer.concat([upload.content, body]);
    if (method === 'PUT') complete(response);
    else response.writeHead(202, headers()).end();
  };
  const begin = (response: ServerResponse): void => {
    Object.assign(upload, { id: upload.id + 1, content: Buffer.alloc(0) });
    response.writeHead(202, headers()).end();
  };
  const answer = (came: Came, response: ServerResponse): void => {
    if (came.method === 'HEAD') response.writeHead(404).end();
    else if (came.method === 'GET') response.writeHead(204, headers()).end();
    else if (came.method === 'POST') begin(response);
    else take(came, response);
  };
  const server = await startHttpServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const from = Number.parseInt(request.headers['content-range'] ?? '0', 10);
    const came = { method: request.method ?? '', from, body };
    if (came.method === 'PATCH' && body.byteLength <= LIMIT) upload.patches += 1;
    if (!meet(upload, came, response)) answer(came, response);
  });
  return { ...server, stored };
}

const keepsHalf: Meet = (upload, { method, body, from }, response) => {
  if (method !== 'PATCH' || upload.patches !== 2 || from !== upload.content.byteLength) return false;
  upload.content = Buffer.concat([upload.content, body.subarray(0, body.byteLength / 2)]);
  response.writeHead(202, { location: `${START}${upload.id}` }).end();
  return true;
};

/** It cuts the third portion, and goes on saying that it has the first alone, whatever comes. */
const tellsLate: Meet = (upload, { method, body }, response) => {
  if (method === 'PATCH' && body.byteLength <= LIMIT && upload.patches === 3) {
    response.destroy();
    return true;
  }
  if (method === 'PATCH' && body.byteLength <= LIMIT) {
    upload.content = Buffer.concat([upload.content, body]);
    response.writeHead(202, { location: `${START}${upload.id}`, range: `0-${LIMIT - 1}` }).end();
    return true;
  }
  if (method !== 'GET') return false;
  response.writeHead(204, { location: `${START}${upload.id}`, range: `0-${LIMIT - 1}` }).end();
  return true;
};

/** It keeps nothing of what it takes, and says so whenever it is asked. */
const keepsNothing: Meet = (upload, { method, from, body }, response) => {
  if (method !== 'PATCH' || body.byteLength > LIMIT) return false;
  if (upload.content.byteLength === 0) upload.content = body;
  response.writeHead(from > LIMIT ? 416 : 202, { location: `${START}${upload.id}` }).end();
  return true;
};

describe('registry/blobs/uploads to a registry that stands elsewhere than it seemed', () => {
  it.each([
    ['has kept less of a portion than it took', keepsHalf],
    ['tells late what it has', tellsLate],
  ])('complete the blob where it %s', async (_title, meet) => {
    await using registry = await portionRegistry(meet);
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    await client.uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
    expect(registry.stored).toEqual([BLOB.digest]);
  });

  it('give up where nothing comes of it', async () => {
    await using registry = await portionRegistry(keepsNothing);
    await using scenario = testRegistries();
    const upload = scenario.connect(registry).uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
    await expect(upload).rejects.toMatchObject({ httpStatus: 416 });
    expect(scenario.requests().length).toBeLessThan(60);
  });
});
