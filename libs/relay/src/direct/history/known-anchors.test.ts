import { formatAnchor, parseDigest, parseReference } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { KnownAnchors } from './known-anchors.ts';

const DIGEST = parseDigest(`sha256:${'0a'.repeat(32)}`);
const anchorFor = (tag: string): string => formatAnchor({ kind: 'hold', tag, atMs: 0, digest: DIGEST });

/** A target of which each list waits until it may end. */
function openTarget() {
  const tags: string[] = [];
  const lists: (() => void)[] = [];
  const client = {
    async *listTargetTags() {
      // As it is when it begins.
      const page = [...tags];
      await new Promise<void>((resolve) => lists.push(resolve));
      yield page;
    },
  };
  return { tags, lists, of: (tag: string) => ({ client, reference: parseReference(`a.test/app:${tag}`) }) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('relay/direct/history/known-anchors', () => {
  it('asks once for all who want to know before the list begins, and anew for who comes later', async () => {
    const target = openTarget();
    const anchors = new KnownAnchors();
    const { signal } = new AbortController();
    const ask = (tag: string) => anchors.now(target.of(tag), signal);
    const first = ask('1');
    await turn();
    // The list that has begun may lack it.
    target.tags.push(anchorFor('2'));
    const later = ['2', '2', '3'].map(ask);
    await turn();
    expect(target.lists).toHaveLength(1);
    target.lists[0]?.();
    expect(await first).toEqual([]);
    await turn();
    expect(target.lists).toHaveLength(2);
    target.lists[1]?.();
    const found = (await Promise.all(later)).map((each) => each.map(({ text }) => text));
    expect(found).toEqual([[anchorFor('2')], [anchorFor('2')], []]);
  });
});
