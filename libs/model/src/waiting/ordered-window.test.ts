import { describe, expect, it } from 'vitest';
import { orderedWindow } from './ordered-window.ts';

async function* numbers(count: number, taken: number[] = []): AsyncGenerator<number> {
  for (let number = 0; number < count; number += 1) {
    taken.push(number);
    yield number;
  }
}

describe('model/waiting/ordered-window', () => {
  it('yields results in the order of the items, whatever order they finish in', async () => {
    const finishers: (() => void)[] = [];
    const window = orderedWindow(
      numbers(3),
      3,
      (item) => new Promise<number>((resolve) => finishers.push(() => resolve(item))),
    );
    const all = Array.fromAsync(window);
    while (finishers.length < 3) await new Promise((resolve) => setImmediate(resolve));
    for (const finish of finishers.toReversed()) finish();
    expect(await all).toEqual([0, 1, 2]);
  });

  it('never has more under way than its width, and takes no item before there is room', async () => {
    const taken: number[] = [];
    let underWay = 0;
    let most = 0;
    const window = orderedWindow(numbers(50, taken), 4, async (item) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return item;
    });
    for await (const item of window) expect(taken.length - item).toBeLessThanOrEqual(4);
    expect(most).toBe(4);
  });

  it('hands out what is there while the next item is waited for', async () => {
    const held = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<number> {
      yield* numbers(2);
      await held.promise;
      yield 2;
    }
    const window = orderedWindow(slow(), 5, async (item) => item);
    expect(await window.next()).toEqual({ done: false, value: 0 });
    expect(await window.next()).toEqual({ done: false, value: 1 });
    held.resolve();
    expect(await Array.fromAsync(window)).toEqual([2]);
  });

  it('is left by whoever wants no more though the next item is waited for, be that a failure', async () => {
    const held = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<number> {
      yield 0;
      await held.promise;
      throw new Error('nobody hears of it');
    }
    for await (const item of orderedWindow(slow(), 5, async (number) => number)) {
      expect(item).toBe(0);
      break;
    }
    held.resolve();
  });

  it('throws a failure in its turn, after the results before it', async () => {
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      const window = orderedWindow(numbers(5), 5, async (item) => {
        if (item === 2) throw new Error('third');
        return item;
      });
      for await (const item of window) seen.push(item);
    };
    await expect(run()).rejects.toThrow('third');
    expect(seen).toEqual([0, 1]);
  });

  it('throws a failure of the input in its turn, too', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield* numbers(3);
      throw new Error('the input');
    }
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const item of orderedWindow(failing(), 5, async (item) => item)) seen.push(item);
    };
    await expect(run()).rejects.toThrow('the input');
    expect(seen).toEqual([0, 1, 2]);
  });
});
