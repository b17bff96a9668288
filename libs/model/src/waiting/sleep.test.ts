import { describe, expect, it } from 'vitest';
import { sleep } from './sleep.ts';

describe('model/waiting/sleep', () => {
  it('ends with the reason of an abort, before and meanwhile', async () => {
    await expect(sleep(60_000, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    const abort = new AbortController();
    const sleeping = sleep(60_000, abort.signal);
    abort.abort(new Error('meanwhile'));
    await expect(sleeping).rejects.toThrow('meanwhile');
  });

  it('ends by itself without a signal', async () => {
    await expect(sleep(1)).resolves.toBeUndefined();
  });
});
