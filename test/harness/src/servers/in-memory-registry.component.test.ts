import { describe, expect, it } from 'vitest';
import { digestOf, listTags, pullEverything } from '../registry/read.ts';
import { skopeoDigest } from '../registry/skopeo.ts';
import { inMemoryRegistry } from './in-memory-registry.ts';

function* tags(count: number): Generator<string> {
  for (let number = 0; number < count; number += 1) yield `v${number}`;
}

describe('harness/servers/in-memory-registry', () => {
  it('serves tens of thousands of tags in pages', async () => {
    await using registry = await inMemoryRegistry({ repositories: [{ name: 'big', tags: tags(20_000) }] });
    expect(await listTags(registry, 'big')).toEqual([...tags(20_000)].sort());
    expect(registry.requests.summary()).toEqual({ 'GET tags': 20 });
  });

  it('serves images that real clients accept', async () => {
    await using registry = await inMemoryRegistry({ repositories: [{ name: 'a', tags: tags(2) }] });
    const { digest, blobs } = await pullEverything(registry, 'a', 'v1');
    expect(digest).toBe(registry.digestOf('a', 'v1'));
    expect(blobs).toHaveLength(2);
    expect(await skopeoDigest(registry, 'a', 'v1')).toBe(digest);
    expect(digest).not.toBe(registry.digestOf('a', 'v0'));
  });

  it('is in sync with another until a tag is moved', async () => {
    const repositories = [{ name: 'a', tags: ['1', '2'] }];
    await using one = await inMemoryRegistry({ repositories });
    await using other = await inMemoryRegistry({ repositories });
    expect(await digestOf(one, 'a', '1')).toBe(await digestOf(other, 'a', '1'));
    one.moveTag('a', '1');
    expect(await digestOf(one, 'a', '1')).not.toBe(await digestOf(other, 'a', '1'));
    expect(await digestOf(one, 'a', '2')).toBe(await digestOf(other, 'a', '2'));
  });

  it('pages its catalog, and knows nothing else', async () => {
    const repositories = ['b', 'a', 'c'].map((name) => ({ name, tags: [] }));
    await using registry = await inMemoryRegistry({ repositories, pageLimit: 2 });
    const page = await fetch(`${registry.url}/v2/_catalog`);
    expect(await page.json()).toEqual({ repositories: ['a', 'b'] });
    expect(page.headers.get('link')).toBe('</v2/_catalog?n=2&last=b>; rel="next"');
    expect((await fetch(`${registry.url}/v2/nothing/tags/list`)).status).toBe(404);
    expect((await fetch(`${registry.url}/v2/a/manifests/1`)).status).toBe(404);
    expect((await fetch(`${registry.url}/v2/a/manifests/1`, { method: 'PUT' })).status).toBe(405);
  });
});
