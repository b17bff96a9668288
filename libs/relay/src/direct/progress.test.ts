import { type CopyProgress, type Descriptor, parseDigest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { Progress } from './progress.ts';

const blob = (letter: string, sizeBytes: number): Descriptor => ({
  mediaType: 'application/octet-stream',
  digest: parseDigest(`sha256:${letter.repeat(64)}`),
  sizeBytes,
});

describe('relay/direct/progress', () => {
  it('counts sent and present blobs up to the total', () => {
    const seen: CopyProgress[] = [];
    const progress = new Progress((at) => seen.push(at));
    const [sent, present] = [blob('a', 100), blob('b', 20)];
    progress.expect([sent, present]);
    progress.advance(sent, 60);
    progress.finish(present);
    progress.advance(sent, 40);
    expect(seen.map(({ bytesDone }) => bytesDone)).toEqual([0, 60, 80, 120]);
    expect(seen.at(-1)).toEqual({ bytesDone: 120, bytesCopied: 100, bytesTotal: 120 });
  });

  it('counts a blob that is sent twice only once', () => {
    let last = 0;
    const progress = new Progress(({ bytesDone }) => {
      last = bytesDone;
    });
    const sent = blob('a', 100);
    for (const bytes of [70, 70, 30]) progress.advance(sent, bytes);
    expect(last).toBe(100);
  });
});
