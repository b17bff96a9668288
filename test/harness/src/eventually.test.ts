import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';

describe('harness/eventually', () => {
  it('asks until the probe has an answer', async () => {
    const answers = [undefined, false, 'here'] as const;
    let asked = 0;
    expect(await eventually(() => answers[asked++], { intervalMs: 1 })).toBe('here');
  });

  it('takes 0 and the empty string for answers', async () => {
    expect(await eventually(() => 0)).toBe(0);
    expect(await eventually(() => '')).toBe('');
  });

  it('asks again after an error', async () => {
    let asked = 0;
    const probe = (): Promise<number | undefined> => {
      asked += 1;
      return asked < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve(asked);
    };
    expect(await eventually(probe, { intervalMs: 1 })).toBe(3);
  });

  it('names what it waited for and the last error when the deadline passes', async () => {
    const failing = eventually(() => Promise.reject(new Error('refused')), {
      deadlineMs: 5,
      what: 'a server',
    });
    await expect(failing).rejects.toThrow('not within 5 ms: a server: refused');
  });
});
