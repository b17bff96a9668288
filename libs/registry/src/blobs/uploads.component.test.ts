import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CountingProxy, countingProxy, startRegistry, type TestRegistry } from '@regfleet/harness';
import { SyncError } from '@regfleet/model';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RegistryClient } from '../contract.ts';
import { readAll, testRegistries } from '../registries.fixture.ts';
import { blobOf, readerOf, streamOf } from './blob.fixture.ts';

const MIB = 1024 * 1024;

describe('registry/blobs/uploads', () => {
  let registry: TestRegistry;
  let proxy: CountingProxy;
  const scenario = testRegistries();
  let client: RegistryClient;

  beforeAll(async () => {
    registry = await startRegistry();
    proxy = await countingProxy(registry);
    client = scenario.connect(proxy);
  });
  beforeEach(() => proxy.requests.clear());
  afterAll(async () => {
    await scenario[Symbol.asyncDispose]();
    await proxy.stop();
    await registry.stop();
  });

  const uploads = () => proxy.requests.all.map(({ method }) => method);

  it('needs two requests', async () => {
    const content = randomBytes(3 * MIB);
    const blob = blobOf(content);
    let reported = 0;
    const onBytes = (bytes: number): void => {
      reported += bytes;
    };
    await client.uploadBlob('team/two', blob, async () => streamOf(content), { onBytes });
    expect(uploads()).toEqual(['POST', 'PUT']);
    expect(reported).toBe(content.byteLength);
    expect(await readAll(await client.getBlob('team/two', blob))).toEqual(content);
  });

  it('asks for the content while it opens the upload', async () => {
    const content = randomBytes(MIB);
    const blob = blobOf(content);
    const held = proxy.inject({ kind: 'upload', method: 'POST', held: true });
    await client.uploadBlob('team/early', blob, async () => {
      held.remove();
      return streamOf(content);
    });
    expect(await client.headBlob('team/early', blob.digest)).toBe(true);
  });

  it('closes content that it has asked for in vain', async () => {
    const blob = blobOf(randomBytes(MIB));
    const denied = proxy.inject({ kind: 'upload', method: 'POST', status: 403 });
    const closed = Promise.withResolvers<void>();
    const content = { read: () => Promise.resolve(undefined), close: closed.resolve };
    await expect(client.uploadBlob('team/vain', blob, async () => content)).rejects.toMatchObject({
      code: 'DENIED',
    });
    denied.remove();
    await closed.promise;
  });

  it('asks no longer for content that nobody wants', async () => {
    const denied = proxy.inject({ kind: 'upload', method: 'POST', status: 403 });
    const ended = Promise.withResolvers<void>();
    const unanswered = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason);
          ended.resolve();
        });
      });
    const upload = client.uploadBlob('team/unwanted', blobOf(randomBytes(MIB)), unanswered);
    await expect(upload).rejects.toMatchObject({ code: 'DENIED' });
    denied.remove();
    await ended.promise;
  });

  it('uploads an empty blob', async () => {
    const blob = blobOf(Buffer.alloc(0));
    await client.uploadBlob('team/empty', blob, async () => streamOf());
    expect(await client.headBlob('team/empty', blob.digest)).toBe(true);
  });

  it.each([
    ['wrong bytes', (content: Buffer) => [Buffer.alloc(1), content.subarray(1)], 'DIGEST_MISMATCH'],
    ['too few', (content: Buffer) => [content.subarray(0, -1)], 'STREAM_TRUNCATED'],
    ['too many', (content: Buffer) => [content, Buffer.alloc(1)], 'DIGEST_MISMATCH'],
  ])('does not let %s become a blob', async (title, parts, code) => {
    const repository = `team/${title.replaceAll(' ', '-')}`;
    // Its first byte is never that of the wrong content.
    const content = Buffer.concat([Buffer.of(1), randomBytes(16), Buffer.alloc(MIB, 7)]);
    const blob = blobOf(content);
    const upload = client.uploadBlob(repository, blob, async () => streamOf(...parts(content)));
    await expect(upload).rejects.toMatchObject({ code });
    expect(uploads().filter((method) => method === 'POST')).toHaveLength(1);
    expect(await client.headBlob(repository, blob.digest)).toBe(false);
  });

  /** What the registry keeps of the content of uploads that nobody has completed. */
  async function leftOf(repository: string): Promise<string[]> {
    const folder = join(registry.dir, 'docker/registry/v2/repositories', repository, '_uploads');
    return (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('/data'));
  }

  it('leaves nothing at the registry of an upload whose content could not be had', async () => {
    const upload = client.uploadBlob('team/left', blobOf(randomBytes(MIB)), async () => {
      throw new Error('no content');
    });
    await expect(upload).rejects.toThrow('no content');
    expect(uploads()).toEqual(['POST', 'DELETE']);
    expect(await leftOf('team/left')).toEqual([]);
  });

  it.each([
    ['gives up an upload that is stopped', new Error('enough'), 1],
    [
      'sends nothing more for an upload whose right to send is gone',
      Object.assign(new Error('enough'), { sendsNothing: true }),
      0,
    ],
  ])('%s', async (title, reason, farewells) => {
    const content = randomBytes(2 * MIB);
    const abort = new AbortController();
    const begun = Promise.withResolvers<void>();
    async function* stalling(): AsyncIterable<Buffer> {
      yield content.subarray(0, MIB);
      begun.resolve();
      await new Promise((_, reject) => abort.signal.addEventListener('abort', () => reject(reason)));
    }
    const upload = client.uploadBlob(
      title.replaceAll(' ', '-'),
      blobOf(content),
      async () => readerOf(stalling()),
      { signal: abort.signal },
    );
    await begun.promise;
    abort.abort(reason);
    await expect(upload).rejects.toBe(reason);
    expect(uploads().filter((method) => method === 'DELETE')).toHaveLength(farewells);
  });

  it('reports a failure of the source as that, and asks the target no more', async () => {
    const content = randomBytes(MIB);
    const failure = new SyncError('SERVER_FAILED', {
      message: 'the source is in trouble',
      registry: 'source.example.com',
    });
    async function* failing(): AsyncIterable<Buffer> {
      yield content.subarray(0, MIB / 2);
      throw failure;
    }
    const upload = client.uploadBlob('team/blame', blobOf(content), async () => readerOf(failing()));
    await expect(upload).rejects.toBe(failure);
    const unopened = client.uploadBlob('team/blame', blobOf(content), async () => {
      throw failure;
    });
    await expect(unopened).rejects.toBe(failure);
    expect(uploads()).not.toContain('GET');
    expect(uploads().filter((method) => method === 'POST')).toHaveLength(2);
  });

  it('continues after a cut from what the registry has', async () => {
    const content = randomBytes(8 * MIB);
    const blob = blobOf(content);
    const cut = proxy.inject({ kind: 'upload', method: 'PUT', times: 1, cutRequestAfterBytes: 5 * MIB });
    let reported = 0;
    let opened = 0;
    await client.uploadBlob(
      'team/cut',
      blob,
      async () => {
        opened += 1;
        return streamOf(content);
      },
      {
        onBytes: (bytes) => {
          reported += bytes;
        },
      },
    );
    expect(cut.hits).toBe(1);
    expect(opened).toBe(2);
    expect(reported).toBe(content.byteLength);
    expect(await readAll(await client.getBlob('team/cut', blob))).toEqual(content);
  });

  it('sends portions where a whole body is refused as too large, and remembers', async () => {
    const [first, second] = [randomBytes(17 * MIB), randomBytes(17 * MIB)];
    proxy.inject({ kind: 'upload', method: 'PUT', times: 1, status: 413, body: '<html>' });
    await client.uploadBlob('team/portions', blobOf(first), async () => streamOf(first));
    expect(uploads()).toEqual(['POST', 'PUT', 'DELETE', 'POST', 'PATCH', 'PATCH', 'PUT']);
    proxy.requests.clear();
    await client.uploadBlob('team/portions', blobOf(second), async () => streamOf(second));
    expect(uploads()).toEqual(['POST', 'PATCH', 'PATCH', 'PUT']);
    for (const content of [first, second]) {
      expect((await readAll(await client.getBlob('team/portions', blobOf(content)))).equals(content)).toBe(
        true,
      );
    }
  });
});
