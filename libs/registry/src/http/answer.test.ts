import { describe, expect, it } from 'vitest';
import { Answer, type LargeBodies } from './answer.ts';

/** An answer in chunks of so many bytes. */
function answerOf(sizes: readonly number[], contentLength?: number) {
  const read: number[] = [];
  const left = [...sizes];
  const ended = { isDestroyed: false };
  const body = {
    async read() {
      const size = left.shift();
      if (size === undefined) return undefined;
      read.push(size);
      return Buffer.alloc(size, 'x');
    },
    destroy() {
      ended.isDestroyed = true;
    },
    dump: async () => undefined,
  };
  const headers = contentLength === undefined ? {} : { 'content-length': String(contentLength) };
  const url = new URL('https://r.example.com/');
  const answer = new Answer({ status: 200, headers, url, body, registry: 'r.example.com', limitMs: 60_000 });
  return { answer, read, ended };
}

describe('registry/http/answer', () => {
  it.each<[string, readonly number[], number | undefined, boolean]>([
    ['small without a length', [2, 2], undefined, false],
    ['just small without a length', [5, 5], undefined, false],
    ['small by its length', [2, 2], 4, false],
    ['large without a length', [5, 5, 1, 20], undefined, true],
    ['large by its length', [5, 20], 25, true],
    ['empty', [], undefined, false],
  ])('a body that is %s waits for its turn only where it has to', async (_title, sizes, length, waits) => {
    const { answer } = answerOf(sizes, length);
    let turns = 0;
    const pass: LargeBodies['pass'] = async (rest) => {
      turns += 1;
      return await rest();
    };
    const bytes = await answer.bytes(100, { fromBytes: 10, pass });
    expect(bytes.toString()).toBe('x'.repeat(sizes.reduce((sum, size) => sum + size, 0)));
    expect(turns).toBe(waits ? 1 : 0);
  });

  it.each([
    ['without a length', undefined, 11],
    ['by its length', 1_011, 0],
  ])('reads no more of what is large %s before its turn', async (_title, length, bytes) => {
    const { answer, read } = answerOf([6, 5, ...Array.from({ length: 100 }, () => 10)], length);
    const turn = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<number>();
    const pass: LargeBodies['pass'] = async (rest) => {
      waiting.resolve(read.reduce((sum, size) => sum + size, 0));
      await turn.promise;
      return await rest();
    };
    const whole = answer.bytes(2_000, { fromBytes: 10, pass });
    // One chunk more may have been made ready.
    expect(await waiting.promise).toBeLessThanOrEqual(bytes + 20);
    turn.resolve();
    expect(await whole).toHaveLength(1_011);
  });

  it('refuses more than its limit, with and without turns', async () => {
    const pass: LargeBodies['pass'] = (rest) => rest();
    for (const large of [undefined, { fromBytes: 10, pass }, { fromBytes: 1_000, pass }]) {
      const { answer, ended } = answerOf([60, 60]);
      await expect(answer.bytes(100, large)).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
      expect(ended.isDestroyed).toBe(true);
    }
  });

  it('leaves nothing unread whose turn does not come', async () => {
    const { answer, ended } = answerOf([60, 60]);
    const pass: LargeBodies['pass'] = () => Promise.reject(new Error('enough'));
    await expect(answer.bytes(1_000, { fromBytes: 10, pass })).rejects.toThrow('enough');
    expect(ended.isDestroyed).toBe(true);
  });
});
