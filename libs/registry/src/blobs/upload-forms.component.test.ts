import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { blobOf, streamOf } from './blob.fixture.ts';
import { type OddRequest, oddRegistry } from './odd-registry.fixture.ts';

const SIZE = 100_000;

describe('registry/blobs/uploads to a registry that takes no content with a PUT', () => {
  it.each([
    [400, '{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}', 1],
    [400, '{"errors":[{"code":"DIGEST_INVALID"}]}', 1],
    [404, '', 1],
    [405, '', 1],
    [415, '', 1],
    [202, '', 1],
    [500, '', 2],
  ])('sends it by PATCH where the answer is %i %s, and remembers', async (status, body, times) => {
    const meet = ({ method, bytes }: OddRequest, raw: NodeJS.ReadableStream, response: ServerResponse) => {
      const isRefused = method === 'PUT' && bytes > 0;
      if (isRefused) raw.resume().on('end', () => response.writeHead(status).end(body));
      return isRefused;
    };
    await using registry = await oddRegistry({ meet });
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    const upload = async (content: Buffer): Promise<string[]> => {
      registry.came.length = 0;
      await client.uploadBlob('team/app', blobOf(content), async () => streamOf(content));
      // Besides one look whether a refused blob is there.
      return registry.came.filter((line) => !/^(?:GET|HEAD) /.test(line));
    };
    const byPatch = ['POST 0', `PATCH ${SIZE}`, 'PUT 0'];
    const refused = Array.from({ length: times }, () => ['POST 0', `PUT ${SIZE}`]).flat();
    expect(await upload(randomBytes(SIZE))).toEqual([...refused, ...byPatch]);
    expect(await upload(randomBytes(SIZE))).toEqual(byPatch);
    expect(await upload(Buffer.alloc(0))).toEqual(['POST 0', 'PUT 0']);
    // As docker sends it: some registries take a range for one of several portions.
    const patches = registry.requests.filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ contentRange }) => contentRange)).toEqual([undefined, undefined]);
  });

  it('tells what the PUT was refused with where nothing else helps', async () => {
    const meet = ({ method, bytes }: OddRequest, raw: NodeJS.ReadableStream, response: ServerResponse) => {
      if (bytes === 0) return false;
      raw.resume();
      raw.on('end', () => response.writeHead(method === 'PUT' ? 400 : 405).end(`no ${method}`));
      return true;
    };
    await using registry = await oddRegistry({ meet });
    await using scenario = testRegistries();
    const content = randomBytes(SIZE);
    const upload = scenario
      .connect(registry)
      .uploadBlob('team/app', blobOf(content), async () => streamOf(content));
    await expect(upload).rejects.toMatchObject({
      code: 'REQUEST_REFUSED',
      message: expect.stringContaining('no PUT'),
    });
    expect(registry.came).toEqual(['POST 0', `PUT ${SIZE}`, 'HEAD 0', 'POST 0', `PATCH ${SIZE}`]);
  });
});
