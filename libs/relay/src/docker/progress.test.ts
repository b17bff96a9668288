import type { CopyProgress } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { MAX_LAYERS, Progress } from './progress.ts';

function recorded(): { progress: Progress; told: CopyProgress[] } {
  const told: CopyProgress[] = [];
  return { progress: new Progress((each) => told.push(each)), told };
}

describe('relay/docker/progress', () => {
  it('adds up layers, and states no total before the push', () => {
    const { progress, told } = recorded();
    progress.note('pull', { status: 'Downloading', id: 'a', current: 10, total: 100 });
    progress.note('pull', { status: 'Downloading', id: 'b', current: 5, total: 50 });
    progress.note('pull', { status: 'Download complete', id: 'a' });
    progress.note('pull', { status: 'Pull complete', id: 'b' });
    progress.note('push', { status: 'Pushing', id: 'c', current: 20, total: 80 });
    progress.note('push', { status: 'Pushed', id: 'c' });
    expect(told).toEqual([
      { bytesDone: 10 },
      { bytesDone: 15 },
      { bytesDone: 105 },
      { bytesDone: 150 },
      { bytesDone: 170, bytesTotal: 230 },
      { bytesDone: 230, bytesTotal: 230 },
    ]);
  });

  it('never has more done than there is', () => {
    const { progress, told } = recorded();
    progress.note('push', { status: 'Pushing', id: 'a', current: 2048, total: 1 });
    expect(told).toEqual([{ bytesDone: 2048, bytesTotal: 2048 }]);
  });

  it('counts the first layers where there are more than any image has', () => {
    const { progress, told } = recorded();
    for (let layer = 0; layer < MAX_LAYERS + 10; layer += 1) {
      progress.note('pull', { status: 'Downloading', id: `${layer}`, current: 1, total: 2 });
    }
    progress.note('pull', { status: 'Pull complete', id: '0' });
    progress.note('push', { status: 'Pushing', id: '0', current: 3, total: 3 });
    expect(told).toHaveLength(MAX_LAYERS + 2);
    expect(told.at(-1)).toEqual({ bytesDone: MAX_LAYERS + 1 + 3, bytesTotal: 2 * MAX_LAYERS + 3 });
  });

  it('passes over what is no transfer', () => {
    const { progress, told } = recorded();
    progress.note('pull', { status: 'Extracting', id: 'a', current: 1, total: 2 });
    progress.note('pull', { status: 'Pull complete', id: 'a' });
    progress.note('pull', { status: 'Pulling from app', id: 'v1' });
    progress.note('pull', { status: 'Digest: sha256:ab' });
    expect(told).toEqual([]);
  });
});
