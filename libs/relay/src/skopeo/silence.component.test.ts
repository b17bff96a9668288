import { chmod, readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
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
  type TemporaryFolder,
  type TestRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRelay } from '../index.ts';
import { RelayUnderTest } from '../relay.fixture.ts';

// A healthy skopeo on a busy machine may have to wait for its turn.
const SILENCE_MS = 2_000;

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
  let folder: TemporaryFolder;
  let relay: RelayUnderTest;

  const open = async (binary: string): Promise<RelayUnderTest> => {
    const skopeo = { binary, certsDir: '/nonexistent', silenceMs: SILENCE_MS };
    return new RelayUnderTest(await openRelay('skopeo', { skopeo }, { logger: silentLogger }));
  };

  /** A script in place of skopeo; `$OUT` is a folder. */
  async function openScript(name: string, script: string): Promise<RelayUnderTest> {
    const path = join(folder.path, name);
    await writeFile(path, `#!/bin/sh\nOUT=${folder.path}\n${script}\n`);
    await chmod(path, 0o755);
    return open(path);
  }

  beforeAll(async () => {
    registry = await startRegistry();
    image = makeImage({ layers: [{ seed: 'silence', sizeBytes: 200_000 }] });
    await pushImage(registry, 'app', 'v1', image);
    source = await countingProxy(registry);
    folder = await temporaryFolder();
    relay = await open('skopeo');
  });

  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]();
    await source?.stop();
    await registry?.stop();
    await folder?.stop();
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
      message: expect.stringContaining('moved no byte for 2 s'),
      hint: expect.stringContaining('skopeo.silence'),
    });
  });

  it('ends one that is silent behind a script, whoever of it has left the process group', async () => {
    await using wrapped = await openScript(
      'hung',
      `[ "$1" = --version ] && exec skopeo --version
      setsid sh -c "echo \\$\\$ > $OUT/escaped; exec sleep 1000" &
      sleep 1000`,
    );
    try {
      const error = await wrapped.fail([source, 'app:v1'], [registry, 'hung:v1']);
      expect(error.code).toBe('TIMED_OUT');
    } finally {
      process.kill(Number(await readFile(join(folder.path, 'escaped'), 'utf8')), 'SIGKILL');
    }
  });

  it.each([
    ['alone', 'exec skopeo "$@"'],
    ['started by a script', 'skopeo "$@"\nrc=$?\nexit $rc'],
  ])('lets a slow and healthy blob outlive three windows, skopeo %s', async (title, script) => {
    const pieces = 12;
    const repository = `slow/${title.replaceAll(' ', '-')}`;
    await using wrapped = await openScript(`healthy-${title.length}`, script);
    // Of its own: skopeo remembers where it has put a blob, and would have it mounted.
    const own = makeImage({ layers: [{ seed: title, sizeBytes: 200_000 }] });
    await using slow = await slowRegistry(own, pieces, (3 * SILENCE_MS) / (pieces - 2));
    const result = await wrapped.copy([slow, 'app:v1'], [registry, `${repository}:v1`]);
    expect(result).toMatchObject({ outcome: 'copied' });
    await eventually(async () => (await digestOf(registry, repository, 'v1')) === own.digest);
  });
});
