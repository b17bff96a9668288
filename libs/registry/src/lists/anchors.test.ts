import { SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { listAnchors } from './anchors.ts';

const nameOf = (index: number): string =>
  `regfleet.keep.v1.20261128093042007.${index.toString(16).padStart(32, '0')}`;

const listing = (...pages: readonly (readonly string[])[]) => ({
  async *listTargetTags() {
    yield* pages;
  },
});

describe('registry/lists/anchors', () => {
  it('finds those among all tags, however many there are on one page', async () => {
    const page = Array.from({ length: 130_000 }, (_, index) => nameOf(index));
    expect(await listAnchors(listing(['latest', nameOf(0)], page), 'app')).toHaveLength(130_001);
  });

  it('finds none in a repository that is not there, and tells any other failure', async () => {
    const failing = (code: 'REPOSITORY_UNKNOWN' | 'DENIED') => ({
      // biome-ignore lint/correctness/useYield: it fails before the first page.
      async *listTargetTags(): AsyncGenerator<readonly string[]> {
        throw new SyncError(code, { message: code, hint: '' });
      },
    });
    expect(await listAnchors(failing('REPOSITORY_UNKNOWN'), 'app')).toEqual([]);
    await expect(listAnchors(failing('DENIED'), 'app')).rejects.toMatchObject({ code: 'DENIED' });
  });
});
