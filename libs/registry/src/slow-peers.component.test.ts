import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { makeImage, scriptedRegistry } from '@regfleet/harness';
import { afterEach, describe, expect, it } from 'vitest';
import { readerOf } from './blobs/blob.fixture.ts';
import { readAll, testRegistries } from './registries.fixture.ts';

const IMAGE = makeImage({ layers: [{ seed: 'slow', sizeBytes: 400_000 }] });
const [LAYER] = IMAGE.layers;
if (LAYER === undefined) throw new Error('the image has a layer');
const CONTENT = Buffer.from(LAYER.bytes());
const BLOB = `/v2/app/blobs/${LAYER.digest}`;
const STEP_MS = 20;

const LIMITS = { minBytesPerSecond: 10_000, minRateWindowMs: 200, maxTags: 5_000 };

/** A few bytes at a time, until nobody reads any more. */
async function* trickle(content: Uint8Array, bytes = 1): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += bytes) {
    await pause(STEP_MS);
    yield content.subarray(at, at + bytes);
  }
}

/** A server that says what it likes on each connection. */
async function rawServer(speak: (socket: Socket, first: string) => Promise<void>) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.once('data', (first: Buffer) => void speak(socket, first.toString('latin1')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    host: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('registry, peers that take their time', () => {
  const done: AsyncDisposable[] = [];
  afterEach(async () => {
    while (done.length > 0) await done.pop()?.[Symbol.asyncDispose]();
  });

  const scenario = (timeouts = {}, limits = LIMITS) => {
    const made = testRegistries({ limits, timeouts });
    done.push(made);
    return made;
  };

  it('gives up a blob that comes by the byte, and does not ask for its rest', async () => {
    await using registry = await scriptedRegistry([
      { method: 'GET', path: BLOB, response: () => ({ status: 200, body: trickle(CONTENT) }) },
    ]);
    const content = await scenario().connect(registry).getBlob('app', LAYER);
    await expect(readAll(content)).rejects.toMatchObject({
      code: 'TOO_SLOW',
      kind: 'retryable',
      registry: registry.host,
      reference: `${registry.host}/app@${LAYER.digest}`,
    });
  });

  it('takes a blob that is whole though the source says nothing of its end', async () => {
    await using server = await rawServer(async (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      socket.write(`${CONTENT.byteLength.toString(16)}\r\n`);
      socket.write(CONTENT);
      socket.write('\r\n');
    });
    const limits = { ...LIMITS, minBytesPerSecond: 1e9, minRateWindowMs: 1_000 };
    const { connect } = scenario({ silenceMs: 1_200 }, limits);
    const client = connect({ host: server.host }, { tls: { skipVerify: true, certsDir: '/does/not/exist' } });
    const blob = await client.getBlob('app', LAYER);
    expect((await readAll(blob)).equals(CONTENT)).toBe(true);
  });

  it('lets a slow blob that keeps to the rate outlive its windows', async () => {
    await using registry = await scriptedRegistry([
      { method: 'GET', path: BLOB, response: () => ({ status: 200, body: trickle(CONTENT, 8_000) }) },
    ]);
    // So far below what it sends that a busy machine does not convict it.
    const client = scenario({}, { ...LIMITS, minBytesPerSecond: 1_000 }).connect(registry);
    expect(await readAll(await client.getBlob('app', LAYER))).toEqual(CONTENT);
  });

  it('holds it against no source that whoever reads takes their time', async () => {
    await using registry = await scriptedRegistry([
      { method: 'GET', path: BLOB, response: { status: 200, body: CONTENT } },
    ]);
    const content = await scenario().connect(registry).getBlob('app', LAYER);
    let size = 0;
    for (let chunk = await content.read(); chunk !== undefined; chunk = await content.read()) {
      size += chunk.byteLength;
      if (size < CONTENT.byteLength) await pause(LIMITS.minRateWindowMs);
    }
    expect(size).toBe(CONTENT.byteLength);
  });

  it.each([
    ['takes a blob too slowly', (socket: Socket) => void socket.read()],
    ['takes nothing of a blob any more', () => undefined],
  ])('gives up a target that %s, and blames it', async (_title, take) => {
    await using registry = await rawServer(async (socket, first) => {
      socket.pause();
      if (!first.startsWith('PUT')) {
        socket.write('HTTP/1.1 202 Accepted\r\nlocation: /upload\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      while (!socket.destroyed) {
        await pause(STEP_MS);
        take(socket);
      }
    });
    const [large] = makeImage({ layers: [{ seed: 'large', sizeBytes: 64 * 1024 * 1024 }] }).layers;
    if (large === undefined) throw new Error('the image has a layer');
    // More than it takes, once what is on the way is full.
    const limits = { ...LIMITS, minBytesPerSecond: 100_000_000 };
    const made = scenario({}, limits);
    const content = async () => readerOf(large.chunks());
    await expect(made.connect(registry).uploadBlob('app', large, content)).rejects.toMatchObject({
      code: 'TOO_SLOW',
      registry: registry.host,
    });
  });

  it.each([
    ['a manifest', `/v2/app/manifests/1.0`, 'getManifest'],
    ['a list of tags', '/v2/app/tags/list', 'listTags'],
  ] as const)('gives up %s that does not end', async (_title, path, what) => {
    const body = Buffer.from(JSON.stringify({ tags: ['1.0'], padding: 'x'.repeat(10_000) }));
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path,
        response: () => ({
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: trickle(body),
        }),
      },
    ]);
    const client = scenario({ answerMs: 200 }).connect(registry);
    const asked =
      what === 'listTags' ? Array.fromAsync(client.listTags('app')) : client.getManifest('app', '1.0');
    await expect(asked).rejects.toMatchObject({ code: 'TOO_SLOW', registry: registry.host });
  });

  it('waits for no large answers with a small one whose length is not announced', async () => {
    const over = Promise.withResolvers<never>();
    const sent = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    async function* stuck({ resolve }: { resolve: () => void }): AsyncIterable<Uint8Array> {
      yield Buffer.alloc(300_000, 'x');
      resolve();
      await over.promise;
    }
    async function* unannounced(): AsyncIterable<Uint8Array> {
      yield IMAGE.bytes;
    }
    let asked = 0;
    const headers = { 'content-type': IMAGE.mediaType };
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path: /manifests\/large/,
        times: 2,
        response: () => ({
          status: 200,
          headers,
          body: stuck(sent[asked++] ?? { resolve: () => undefined }),
        }),
      },
      {
        method: 'GET',
        path: /manifests\/small/,
        response: () => ({ status: 200, headers, body: unannounced() }),
      },
    ]);
    const client = scenario({ answerMs: 20_000 }).connect(registry);
    const abort = new AbortController();
    let ended = 0;
    const large = [1, 2].map((tag) =>
      client.getManifest('app', `large${tag}`, { signal: abort.signal }).catch(() => {
        ended += 1;
      }),
    );
    await Promise.all(sent.map(({ promise }) => promise));
    expect(await client.getManifest('app', 'small')).toMatchObject({ digest: IMAGE.digest });
    expect(ended).toBe(0);
    abort.abort();
    await Promise.all(large);
    over.reject(new Error('the test is over'));
  });

  it('gives up a refusal whose text does not end', async () => {
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path: '/v2/app/manifests/1.0',
        response: () => ({ status: 403, body: trickle(Buffer.alloc(10_000, 'x')) }),
      },
    ]);
    const client = scenario({ answerMs: 200 }).connect(registry);
    await expect(client.getManifest('app', '1.0')).rejects.toMatchObject({ code: 'DENIED' });
  });

  it('gives up a server that announces its answer again and again', async () => {
    await using registry = await rawServer(async (socket) => {
      while (!socket.destroyed) {
        socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n');
        await pause(1);
      }
    });
    const client = scenario().connect(registry);
    await expect(client.headManifest('app', '1.0')).rejects.toMatchObject({
      code: 'TOO_SLOW',
      registry: registry.host,
    });
  });

  it('takes an answer that was announced a few times', async () => {
    await using registry = await rawServer(async (socket) => {
      const answer = (): void => {
        for (let count = 0; count < 3; count += 1) socket.write('HTTP/1.1 103 Early Hints\r\n\r\n');
        socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
      };
      answer();
      socket.on('data', answer);
    });
    expect(await scenario().connect(registry).headManifest('app', '1.0')).toBeUndefined();
  });

  it.each([
    ['full pages', 1_000, 6],
    ['empty pages', 0, 1_002],
  ])('stops at ever new %s, and says so', async (_title, size, pages) => {
    let page = 0;
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path: /tags\/list/,
        times: 'any',
        response: () => {
          page += 1;
          return {
            status: 200,
            headers: { link: `</v2/app/tags/list?page=${page}>; rel="next"` },
            body: { tags: Array.from({ length: size }, (_, index) => `${page}.${index}`) },
          };
        },
      },
    ]);
    const listed = Array.fromAsync(scenario().connect(registry).listTags('app'));
    await expect(listed).rejects.toMatchObject({
      code: 'LISTING_TOO_LARGE',
      kind: 'permanent',
      reference: `${registry.host}/app`,
      hint: expect.stringContaining('ame what is wanted one by one'),
    });
    expect(page).toBeLessThanOrEqual(pages);
  });
});
