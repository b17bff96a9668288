import {
  type CountingProxy,
  countingProxy,
  type MadeImage,
  makeImage,
  pullEverything,
  pushImage,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { type Digest, silentLogger } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayUnderTest } from '../relay.fixture.ts';
import type { BlobIndex } from './blob-index.ts';
import { directRelay } from './definition.ts';

describe('relay/direct to a target that says of blobs that they are there, and then that they are not', () => {
  let sourceRegistry: TestRegistry;
  let targetRegistry: TestRegistry;
  let target: CountingProxy;
  let image: MadeImage;

  beforeAll(async () => {
    [sourceRegistry, targetRegistry] = await Promise.all([startRegistry(), startRegistry()]);
    target = await countingProxy(targetRegistry);
    image = makeImage({ layers: ['one', 'two'] });
    await pushImage(sourceRegistry, 'app', 'v1', image);
  });

  afterAll(async () => {
    await target?.stop();
    await Promise.all([sourceRegistry, targetRegistry].map((registry) => registry?.stop()));
  });

  const open = async (deps: { blobIndex?: BlobIndex } = {}): Promise<RelayUnderTest> =>
    new RelayUnderTest(await directRelay.open({}, { logger: silentLogger, ...deps }));

  /** What the target is asked while the image is copied to a repository that holds nothing, whatever it says. */
  async function requestsOf(relay: RelayUnderTest, repository: string): Promise<object> {
    const lie = target.inject({ method: 'HEAD', kind: 'blob', status: 200 });
    target.requests.clear();
    const { targetDigest } = await relay.copy([sourceRegistry, 'app:v1'], [target, `${repository}:v1`]);
    lie.remove();
    expect(targetDigest).toBe(image.digest);
    await pullEverything(target, repository, 'v1');
    return target.requests.summary();
  }

  it('uploads them in a second pass without asking again', async () => {
    await using relay = await open();
    const requests = await requestsOf(relay, 'lying');
    expect(requests).toMatchObject({
      'HEAD blob': 3,
      'POST upload': 3,
      'PUT upload': 3,
      'PUT manifest': 2,
    });
  });

  it('uploads them in the end where the fleet is wrong about them as well', async () => {
    const blobs = new Set<Digest>([image.config, ...image.layers].map(({ digest }) => digest));
    const blobIndex = {
      holders: async (_: string, digests: readonly Digest[]) =>
        new Map(digests.filter((digest) => blobs.has(digest)).map((digest) => [digest, ['misled']])),
      add: async () => undefined,
      drop: async () => blobs.clear(),
    };
    await using relay = await open({ blobIndex });
    const requests = await requestsOf(relay, 'misled');
    expect(requests).toMatchObject({ 'HEAD blob': 3, 'PUT upload': 3, 'PUT manifest': 3 });
  });

  it('says so where it keeps saying that they are not, though it took them', async () => {
    await using relay = await open();
    target.requests.clear();
    const missing = { errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry' }] };
    const refusal = target.inject({
      method: 'PUT',
      kind: 'manifest',
      status: 404,
      body: JSON.stringify(missing),
    });
    const error = await relay.fail([sourceRegistry, 'app:v1'], [target, 'never:v1']);
    refusal.remove();
    expect(error).toMatchObject({ code: 'BLOB_UNKNOWN', side: 'target' });
    expect(target.requests.summary()).toMatchObject({ 'PUT upload': 3, 'PUT manifest': 2 });
  });
});
