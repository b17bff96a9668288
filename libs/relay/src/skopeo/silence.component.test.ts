import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type CountingProxy,
  countingProxy,
  digestOf,
  eventually,
  type HttpServer,
  type MadeImage,
  makeImage,
  pushImage,
  startHttpServer,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRelay } from '../index.ts';
import { RelayUnderTest } from '../relay.fixture.ts';

const SILENCE_MS = 1_000;

/** Serves one image, its layer in pieces: so many, so far apart. */
async function slowRegistry(image: MadeImage, pieces: number, everyMs: number): Promise<HttpServer> {
  const [layer] = image.layers;
  const content = Buffer.from(layer?.bytes() ?? []);
  const size = Math.ceil(content.byteLength / pieces);
  const sendLayer = async (response: ServerResponse): Promise<void> => {
    response.writeHead(200, { 'content-length': content.byteLength });
    for (let at = 0; at < content.byteLength; at += size) {
      response.write(content.subarray(at, at + size));
      await pause(everyMs);
    }
    response.end();
  };
  const sendManifest = (response: ServerResponse): void => {
    const { mediaType, bytes, digest } = image;
    response.writeHead(200, {
      'content-type': mediaType,
      'content-length': bytes.byteLength,
      'docker-content-digest': digest,
    });
    response.end(bytes);
  };
  return startHttpServer((request, response) => {
    const name = request.url?.split('/').at(-1) ?? '';
    if (name === '') response.end('{}');
    else if (name === image.config.digest) response.end(image.config.bytes());
    else if (name === layer?.digest) sendLayer(response).catch(() => response.destroy());
    else sendManifest(response);
  });
}

describe('relay/skopeo/silence', () => {
  let image: MadeImage;
  let registry: TestRegistry;
  let source: CountingProxy;
  let relay: RelayUnderTest;

  beforeAll(async () => {
    registry = await startRegistry();
    image = makeImage({ layers: [{ seed: 'silence', sizeBytes: 200_000 }] });
    await pushImage(registry, 'app', 'v1', image);
    source = await countingProxy(registry);
    const skopeo = { binary: 'skopeo', certsDir: '/nonexistent', silenceMs: SILENCE_MS };
    relay = new RelayUnderTest(await openRelay('skopeo', { skopeo }, { logger: silentLogger }));
  });

  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]();
    await source?.stop();
    await registry?.stop();
  });

  it.each([
    ['never answers', { method: 'GET', kind: 'manifest', held: true }],
    ['falls silent in the middle of a blob', { method: 'GET', kind: 'blob', stallAfterBytes: 1_000 }],
  ] as const)('ends a skopeo whose registry %s', async (_title, fault) => {
    const injected = source.inject(fault);
    const error = await relay.fail([source, 'app:v1'], [registry, `silent-${fault.kind}:v1`]);
    injected.remove();
    expect(injected.hits).toBeGreaterThan(0);
    expect(error).toMatchObject({
      code: 'TIMED_OUT',
      kind: 'retryable',
      message: expect.stringContaining('moved no byte for 1 s'),
      hint: expect.stringContaining('skopeo.silence'),
    });
  });

  it('lets a slow and healthy blob outlive three windows', async () => {
    const pieces = 12;
    await using slow = await slowRegistry(image, pieces, (3 * SILENCE_MS) / (pieces - 2));
    const result = await relay.copy([slow, 'app:v1'], [registry, 'slow:v1']);
    expect(result).toMatchObject({ outcome: 'copied' });
    await eventually(async () => (await digestOf(registry, 'slow', 'v1')) === image.digest);
  });
});
