import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

describe('model/nearest', () => {
  it.each([
    ['busybx', ['busybox', 'alpine'], 'busybox'],
    ['BusyBox', ['busybox'], 'busybox'],
    ['nginx', ['busybox', 'alpine'], undefined],
    ['x', [], undefined],
  ])('suggests for %s among %j: %s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });
});
