import { describe, expect, it } from 'vitest';
import { forEachBounded } from './for-each-bounded.ts';

const never = new AbortController().signal;

describe('model/waiting/for-each-bounded', () => {
  it('answers in the order of the items', async () => {
    const gates = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const all = forEachBounded(gates, { limit: 2, signal: never }, ({ promise }) => promise);
    gates[1]?.resolve('second');
    gates[0]?.resolve('first');
    expect(await all).toEqual(['first', 'second']);
  });

  it('never runs more at once than the limit', async () => {
    let running = 0;
    let most = 0;
    await forEachBounded([1, 2, 3, 4, 5, 6, 7], { limit: 3, signal: never }, async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    });
    expect(most).toBe(3);
  });

  it('aborts the others on a failure and throws it once they have ended', async () => {
    const ended: string[] = [];
    const work = (name: string, signal: AbortSignal): Promise<void> => {
      if (name === 'bad') return Promise.reject(new Error('bad'));
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          ended.push(name);
          reject(signal.reason);
        });
      });
    };
    const all = forEachBounded(['slow', 'bad', 'never begun'], { limit: 2, signal: never }, work);
    await expect(all).rejects.toThrow('bad');
    expect(ended).toEqual(['slow']);
  });

  it('rejects with the abort reason of the caller', async () => {
    const abort = new AbortController();
    const all = forEachBounded([1], { limit: 1, signal: abort.signal }, async (_, signal) => {
      abort.abort(new Error('enough'));
      signal.throwIfAborted();
    });
    await expect(all).rejects.toThrow('enough');
  });
});
