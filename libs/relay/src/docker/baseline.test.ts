import { describe, expect, it } from 'vitest';
import { Baseline } from './baseline.ts';

const list = (...ids: string[]) =>
  Promise.resolve(ids.map((id) => ({ id, tags: [], digests: [], platform: {} })));

describe('relay/docker/baseline', () => {
  it('holds what was there before the first of several copies', async () => {
    const baseline = new Baseline();
    await baseline.enter(() => list('a'));
    const images = await baseline.enter(() => list('a', 'of the first copy'));
    expect([...images.keys()]).toEqual(['a']);
  });

  it('holds the same where both copies begin at once', async () => {
    const baseline = new Baseline();
    const listed = Promise.withResolvers<Awaited<ReturnType<typeof list>>>();
    const slow = baseline.enter(() => listed.promise);
    await baseline.enter(() => list('a'));
    listed.resolve(await list('a', 'of the other copy'));
    expect([...(await slow).keys()]).toEqual(['a']);
  });

  it('gives up what somebody removed meanwhile', async () => {
    const baseline = new Baseline();
    await baseline.enter(() => list('a', 'b'));
    const images = await baseline.enter(() => list('b'));
    expect([...images.keys()]).toEqual(['b']);
  });

  it('begins anew after the last copy', async () => {
    const baseline = new Baseline();
    await baseline.enter(() => list('a'));
    baseline.leave();
    expect([...(await baseline.enter(() => list('b'))).keys()]).toEqual(['b']);
  });

  it('begins anew after a daemon that did not answer', async () => {
    const baseline = new Baseline();
    await expect(baseline.enter(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect([...(await baseline.enter(() => list('a'))).keys()]).toEqual(['a']);
  });
});
