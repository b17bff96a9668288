import { describe, expect, it } from 'vitest';
import { SharedQuestions } from './shared-questions.ts';

const BOUNDS = { limit: 8, maxAgeMs: 60_000 };

describe('planner/shared-questions', () => {
  it('asks once for all, and again for whoever asks again', async () => {
    const asked = new SharedQuestions(2, BOUNDS);
    let count = 0;
    const ask = (taker: number): Promise<number> =>
      asked.ask('a', { taker, signal: undefined }, async () => ++count);
    expect(await Promise.all([ask(0), ask(1)])).toEqual([1, 1]);
    expect([await ask(0), await ask(0), await ask(1), await ask(1)]).toEqual([2, 3, 3, 4]);
  });

  it('tells all who wait of a failure, and forgets it', async () => {
    const asked = new SharedQuestions(3, BOUNDS);
    const failing = (taker: number): Promise<string> =>
      asked.ask('a', { taker, signal: undefined }, () => Promise.reject(new Error('down')));
    const [one, other] = await Promise.allSettled([failing(0), failing(1)]);
    expect([one, other]).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    expect(await asked.ask('a', { taker: 2, signal: undefined }, async () => 'up')).toBe('up');
  });

  it('asks for those who still want to know where the one who asked has given up', async () => {
    const asked = new SharedQuestions(2, BOUNDS);
    const end = new AbortController();
    const aborted = new Promise<string>((_, reject) =>
      end.signal.addEventListener('abort', () => reject(end.signal.reason), { once: true }),
    );
    const first = asked.ask('a', { taker: 0, signal: end.signal }, () => aborted);
    const second = asked.ask('a', { taker: 1, signal: undefined }, async () => 'asked by itself');
    end.abort(new Error('given up'));
    await expect(first).rejects.toThrow('given up');
    expect(await second).toBe('asked by itself');
  });
});
