import { describe, expect, it } from 'vitest';
import { WorkUnderWay } from './work-under-way.ts';

const never = new AbortController().signal;

describe('relay/direct/work-under-way', () => {
  it('has one do the work while others wait for it', async () => {
    const underWay = new WorkUnderWay();
    const gate = Promise.withResolvers<string>();
    const leader = underWay.lead('key', never, () => gate.promise);
    const follower = underWay.lead('key', never, () => Promise.reject(new Error('must not run')));
    gate.resolve('done');
    expect(await Promise.all([leader, follower])).toEqual([{ result: 'done' }, undefined]);
  });

  it('keeps the failure of a leader from those who wait', async () => {
    const underWay = new WorkUnderWay();
    const gate = Promise.withResolvers<never>();
    const leader = underWay.lead('key', never, () => gate.promise);
    const follower = underWay.lead('key', never, () => Promise.reject(new Error('must not run')));
    gate.reject(new Error('broken'));
    await expect(leader).rejects.toThrow('broken');
    expect(await follower).toBeUndefined();
  });

  it('lets the next one lead once the work is over', async () => {
    const underWay = new WorkUnderWay();
    await underWay.lead('key', never, () => Promise.resolve(1));
    expect(await underWay.lead('key', never, () => Promise.resolve(2))).toEqual({ result: 2 });
  });

  it('stops waiting when the one who waits is aborted', async () => {
    const underWay = new WorkUnderWay();
    const gate = Promise.withResolvers<void>();
    const leader = underWay.lead('key', never, () => gate.promise);
    const abort = new AbortController();
    const follower = underWay.lead('key', abort.signal, () => Promise.resolve());
    abort.abort(new Error('enough'));
    await expect(follower).rejects.toThrow('enough');
    gate.resolve();
    await leader;
  });
});
