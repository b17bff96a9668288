import { createHash } from 'node:crypto';
import {
  type CountingProxy,
  countingProxy,
  startHttpServer,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { MEDIA_TYPES, silentLogger } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayUnderTest } from '../relay.fixture.ts';
import { directRelay } from './definition.ts';

interface Made {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly bytes: Buffer;
}

function document(mediaType: string, value: object): Made {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...value }));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType, digest, size: bytes.byteLength, bytes };
}

const describeMade = ({ mediaType, digest, size }: Made): object => ({ mediaType, digest, size });

const EMPTY = Buffer.from('{}');
const CONFIG = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: `sha256:${createHash('sha256').update(EMPTY).digest('hex')}`,
  size: EMPTY.byteLength,
};

const image = (name: string, more: object = {}): Made =>
  document(MEDIA_TYPES.ociManifest, { config: CONFIG, layers: [CONFIG], annotations: { name }, ...more });

const index = (name: string, children: readonly Made[]): Made =>
  document(MEDIA_TYPES.ociIndex, { manifests: children.map(describeMade), annotations: { name } });

/** A registry that serves documents, made when they are asked for, and counts them. */
async function serving(root: Made, documents: ReadonlyMap<string, () => Made>) {
  const asked: string[] = [];
  const server = await startHttpServer((request, response) => {
    const name = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    asked.push(`${request.method} ${name}`);
    if (name === CONFIG.digest) return response.end(EMPTY);
    const made = name === 'v1' ? root : documents.get(name)?.();
    if (made === undefined) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': made.mediaType,
      'content-length': made.size,
      'docker-content-digest': made.digest,
    });
    return response.end(request.method === 'HEAD' ? undefined : made.bytes);
  });
  return { ...server, gets: () => asked.filter((line) => line.startsWith('GET')).length };
}

const byDigest = (documents: readonly Made[]): Map<string, () => Made> =>
  new Map(documents.map((made) => [made.digest, () => made]));

describe('relay/direct, images made to exhaust', () => {
  let targetRegistry: TestRegistry;
  let target: CountingProxy;
  let relay: RelayUnderTest;

  beforeAll(async () => {
    targetRegistry = await startRegistry();
    target = await countingProxy(targetRegistry);
    relay = new RelayUnderTest(await directRelay.open({}, { logger: silentLogger }));
  });

  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]();
    await target?.stop();
    await targetRegistry?.stop();
  });

  it('reads and puts each manifest once where six levels of indexes name all of the next level', async () => {
    const all: Made[] = [];
    let below = Array.from({ length: 30 }, (_, position) => image(`image ${position}`));
    all.push(...below);
    for (let level = 0; level < 6; level += 1) {
      below = Array.from({ length: 30 }, (_, position) => index(`${level} ${position}`, below));
      all.push(...below);
    }
    const root = index('root', below);
    await using source = await serving(root, byDigest(all));
    target.requests.clear();
    const result = await relay.copy([source, 'app:v1'], [target, 'dense:v1'], { platform: 'all' });
    expect(result).toMatchObject({ outcome: 'copied', targetDigest: root.digest });
    // The root, 7 levels of 30, and the one blob.
    expect(source.gets()).toBe(1 + 7 * 30 + 1);
    expect(target.requests.summary()).toMatchObject({ 'PUT manifest': 1 + 7 * 30 });
  });

  it('stops at the bytes that the manifests of one image may have together', async () => {
    const padding = ' '.repeat(7 * 1024 * 1024);
    const make = (position: number) =>
      image(`large ${position}`, { annotations: { padding, position: `${position}` } });
    const large = Array.from({ length: 200 }, (_, position) => {
      const { bytes: _bytes, ...made } = make(position);
      return { position, made };
    });
    const root = document(MEDIA_TYPES.ociIndex, { manifests: large.map(({ made }) => made) });
    const documents = new Map(large.map(({ position, made }) => [made.digest, () => make(position)]));
    await using source = await serving(root, documents);
    const error = await relay.fail([source, 'app:v1'], [target, 'large:v1'], { platform: 'all' });
    expect(error).toMatchObject({
      code: 'MANIFEST_INVALID',
      side: 'source',
      message: expect.stringContaining('bytes together'),
    });
    expect(source.gets()).toBeLessThan(20);
  });

  it.each([
    [
      'manifests',
      index(
        'many',
        Array.from({ length: 1_001 }, (_, position) => image(`${position}`)),
      ),
    ],
    [
      'layers',
      image('many', {
        layers: Array.from({ length: 20_000 }, (_, size) => ({ ...CONFIG, size })),
      }),
    ],
  ])('refuses an image of too many %s before it asks for any', async (_title, root) => {
    await using source = await serving(root, new Map());
    const error = await relay.fail([source, 'app:v1'], [target, 'many:v1'], { platform: 'all' });
    expect(error).toMatchObject({ code: 'MANIFEST_INVALID', side: 'source' });
    expect(error.message).toMatch(/more than/);
    expect(source.gets()).toBe(1);
  });
});
