import { describe, expect, it } from 'vitest';
import { unlessAborted } from './unless-aborted.ts';

describe('model/waiting/unless-aborted', () => {
  it.each(['before', 'meanwhile'])(
    'ends at once with the reason of an abort %s, and discards what comes later',
    async (when) => {
      const abort = new AbortController();
      const work = Promise.withResolvers<string>();
      const discarded = Promise.withResolvers<string>();
      if (when === 'before') abort.abort(new Error('enough'));
      const result = unlessAborted(work.promise, abort.signal, discarded.resolve);
      abort.abort(new Error('enough'));
      await expect(result).rejects.toThrow('enough');
      work.resolve('late');
      expect(await discarded.promise).toBe('late');
    },
  );

  it('says what the work came to, also after an abort that came too late', async () => {
    const abort = new AbortController();
    const discarded: string[] = [];
    const discard = (late: string): void => void discarded.push(late);
    expect(await unlessAborted(Promise.resolve('done'), abort.signal, discard)).toBe('done');
    await expect(unlessAborted(Promise.reject(new Error('failed')), abort.signal, discard)).rejects.toThrow(
      'failed',
    );
    abort.abort();
    expect(discarded).toEqual([]);
  });
});
