import { parseDigest, silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import type { BlobIndex } from './blob-index.ts';
import { BlobLocations } from './blob-locations.ts';
import { SharedBlobLocations } from './shared-blob-locations.ts';

const A = parseDigest(`sha256:${'a'.repeat(64)}`);
const B = parseDigest(`sha256:${'b'.repeat(64)}`);

function over(index: BlobIndex): { own: BlobLocations; shared: SharedBlobLocations } {
  const own = new BlobLocations({ ttlMs: 1_000, limit: 10 });
  return { own, shared: new SharedBlobLocations(own, index, silentLogger) };
}

/** An index as a Redis would hold it. */
function indexOf(entries: readonly string[]): { index: BlobIndex; entries: Set<string>; asked: string[] } {
  const held = new Set(entries);
  const asked: string[] = [];
  const index: BlobIndex = {
    holders: async (registry, digests) => {
      asked.push(...digests);
      const repositories = (digest: string): string[] =>
        [...held].filter((entry) => entry.startsWith(`${registry}/`) && entry.endsWith(`@${digest}`));
      const name = (entry: string): string => entry.slice(registry.length + 1, entry.indexOf('@'));
      return new Map(digests.map((digest) => [digest, repositories(digest).map(name)]));
    },
    add: async (registry, repository, digests) => {
      for (const digest of digests) held.add(`${registry}/${repository}@${digest}`);
    },
    drop: async (registry, repository, digests) => {
      for (const digest of digests) held.delete(`${registry}/${repository}@${digest}`);
    },
  };
  return { index, entries: held, asked };
}

describe('relay/direct/shared-blob-locations', () => {
  it('learns from the fleet what this process does not know', async () => {
    const { index, asked } = indexOf([`r/base@${A}`]);
    const { own, shared } = over(index);
    own.add('r', 'app', B);
    await shared.learn('r', [A, B]);
    expect({ asked, holders: own.holders('r', A) }).toEqual({ asked: [A], holders: ['base'] });
  });

  it('forgets here and in the fleet', async () => {
    const { index, entries } = indexOf([]);
    const { own, shared } = over(index);
    own.add('r', 'app', A);
    await shared.publish('r', 'app', [A, B]);
    await shared.forget('r', 'app', [A]);
    expect({ here: own.holds('r', 'app', A), there: [...entries] }).toEqual({
      here: false,
      there: [`r/app@${B}`],
    });
  });

  it('does without an index that fails', async () => {
    const broken = (): Promise<never> => Promise.reject(new Error('connection lost'));
    const { own, shared } = over({ holders: broken, add: broken, drop: broken });
    own.add('r', 'app', A);
    await shared.learn('r', [B]);
    await shared.publish('r', 'app', [A]);
    await shared.forget('r', 'app', [A]);
    expect(own.holds('r', 'app', A)).toBe(false);
  });
});
