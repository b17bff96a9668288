import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { blobOf, streamOf } from './blob.fixture.ts';
import { type OddRegistry, type OddRequest, oddRegistry } from './odd-registry.fixture.ts';

const MIB = 1024 * 1024;
const CONTENT = randomBytes(20 * MIB);
const BLOB = blobOf(CONTENT);

type Refusal = (raw: IncomingMessage, response: ServerResponse) => unknown;

const answers =
  (status: number, body = ''): Refusal =>
  (_, response) =>
    response.writeHead(status, { 'content-length': body.length }).end(body);

const above = (limitBytes: number, refuse: Refusal) => {
  return (request: OddRequest, raw: IncomingMessage, response: ServerResponse): boolean => {
    if (request.bytes <= limitBytes) return false;
    refuse(raw, response);
    return true;
  };
};

/** What comes while two blobs are uploaded, one after the other. */
async function uploadTwo(registry: OddRegistry): Promise<{ first: string[]; second: string[] }> {
  await using scenario = testRegistries();
  const client = scenario.connect(registry);
  const upload = async (content: Buffer): Promise<string[]> => {
    registry.came.length = 0;
    await client.uploadBlob('team/app', blobOf(content), async () => streamOf(content));
    expect(registry.stored).toContain(blobOf(content).digest);
    return [...registry.came];
  };
  return { first: await upload(CONTENT), second: await upload(CONTENT.subarray(1)) };
}

describe('registry/blobs/uploads to a registry that takes so much at once', () => {
  it.each<[string, number, Refusal]>([
    ['416', 8, answers(416, '{"errors":[{"code":"REQUESTED_RANGE_NOT_SATISFIABLE"}]}')],
    ['400', 8, answers(400)],
    ['400 of a length that is wrong', 8, answers(400, '{"errors":[{"code":"SIZE_INVALID"}]}')],
    ['413 and closes at once', 8, (raw) => raw.socket.end('HTTP/1.1 413 Too Large\r\n\r\n').destroySoon()],
    ['a cut', 8, (raw) => raw.socket.destroy()],
  ])('finds out where it tells the limit by %s, and remembers', async (_title, limit, refuse) => {
    await using registry = await oddRegistry({ meet: above(limit * MIB, refuse) });
    const { first, second } = await uploadTwo(registry);
    const portions = [`PATCH ${8 * MIB}`, `PATCH ${8 * MIB}`];
    expect(first.slice(-4)).toEqual([...portions, `PATCH ${4 * MIB}`, 'PUT 0']);
    expect(second).toEqual(['POST 0', ...portions, `PATCH ${4 * MIB - 1}`, 'PUT 0']);
  });

  it('finds a portion between its limit and its minimum', async () => {
    const meet = above(6 * MIB, answers(413));
    await using registry = await oddRegistry({ meet, minimumBytes: 5 * MIB });
    const { first, second } = await uploadTwo(registry);
    expect(first.filter((line) => line.startsWith('PATCH'))).toEqual(
      [16, 8, 5, 5, 5, 5].map((size) => `PATCH ${size * MIB}`),
    );
    expect(second).toHaveLength(6);
  });

  it('gives up where it takes less than its minimum', async () => {
    const meet = above(4 * MIB, answers(413));
    await using registry = await oddRegistry({ meet, minimumBytes: 5 * MIB });
    await expect(uploadTwo(registry)).rejects.toMatchObject({ code: 'UPLOAD_TOO_LARGE' });
    expect(registry.came.at(-1)).toBe(`PATCH ${5 * MIB}`);
  });

  it('does not take a refusal for a limit where as much was taken before', async () => {
    let isRefusing = false;
    const refuse = answers(400, '{"errors":[{"code":"NOT_ALLOWED","message":"by policy"}]}');
    const meet = (request: OddRequest, raw: IncomingMessage, response: ServerResponse): boolean =>
      isRefusing && above(0, refuse)(request, raw, response);
    await using registry = await oddRegistry({ meet });
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    await client.uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
    isRefusing = true;
    registry.came.length = 0;
    const upload = client.uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
    await expect(upload).rejects.toMatchObject({
      code: 'REQUEST_REFUSED',
      message: expect.stringContaining('by policy'),
    });
    expect(registry.came).toEqual(['POST 0', `PUT ${20 * MIB}`, 'HEAD 0']);
  });

  it('forgets a limit whose portions are put together wrongly', async () => {
    let isCutting = true;
    const meet = ({ method, bytes }: OddRequest, raw: IncomingMessage, response: ServerResponse): boolean => {
      if (isCutting && bytes > 16 * MIB) raw.socket.destroy();
      else if (!isCutting && method === 'PUT' && bytes === 0)
        answers(400, '{"errors":[{"code":"DIGEST_INVALID"}]}')(raw, response);
      else return false;
      return true;
    };
    await using registry = await oddRegistry({ meet });
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    await client.uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
    isCutting = false;
    registry.came.length = 0;
    await client.uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
    expect(registry.came.slice(-2)).toEqual(['POST 0', `PUT ${20 * MIB}`]);
  });
});
