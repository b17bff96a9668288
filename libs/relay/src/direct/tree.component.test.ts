import {
  type CountingProxy,
  countingProxy,
  makeImage,
  pushImage,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { MEDIA_TYPES, silentLogger } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayUnderTest } from '../relay.fixture.ts';
import { directRelay } from './definition.ts';
import { putRawManifest, type RawDescriptor } from './raw-manifest.fixture.ts';

const KIB = 1024;

describe('relay/direct/tree', () => {
  let registry: TestRegistry;
  let source: CountingProxy;
  let target: TestRegistry;
  let relay: RelayUnderTest;

  beforeAll(async () => {
    [registry, target] = await Promise.all([startRegistry(), startRegistry()]);
    source = await countingProxy(registry);
    relay = new RelayUnderTest(await directRelay.open({}, { logger: silentLogger }));
  });

  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]();
    await source?.stop();
    await Promise.all([registry?.stop(), target?.stop()]);
  });

  it('asks once for an index of many platforms, whatever else it reads before it is put', async () => {
    const name = 'platforms';
    const at = [registry, name] as const;
    const image = makeImage({ layers: [name] });
    await pushImage(registry, name, 'child', image);
    const { config } = image;
    const blob = { mediaType: config.mediaType, digest: config.digest, size: config.sizeBytes };
    const manifests: RawDescriptor[] = [];
    // More than the registry's client remembers.
    for (let child = 0; child < 10; child += 1) {
      const annotations = { child: `${child}`, padding: ' '.repeat(3_500 * KIB) };
      const document = { config: blob, layers: [], annotations };
      manifests.push(await putRawManifest(at, MEDIA_TYPES.ociManifest, document));
    }
    const annotations = { padding: ' '.repeat(100 * KIB) };
    const root = await putRawManifest(at, MEDIA_TYPES.ociIndex, { manifests, annotations }, 'v1');
    source.requests.clear();
    const result = await relay.copy([source, `${name}:v1`], [target, `${name}:v1`], { platform: 'all' });
    expect(result).toMatchObject({ outcome: 'copied', targetDigest: root.digest });
    const path = new RegExp(`/manifests/(v1|${root.digest})$`);
    expect(source.requests.count({ method: 'GET', path })).toBe(1);
  });
});
