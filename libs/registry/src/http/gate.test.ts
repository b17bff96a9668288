import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';

describe('registry/http/gate', () => {
  it('lets as many in as it is wide, and the others in their order', async () => {
    const gate = new Gate(2, 60_000);
    const leave = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const entered: number[] = [];
    const passing = leave.map(({ promise }, index) =>
      gate.pass(async () => {
        entered.push(index);
        await promise;
      }, undefined),
    );
    await new Promise(setImmediate);
    expect(entered).toEqual([0, 1]);
    leave[1]?.resolve();
    await passing[1];
    await new Promise(setImmediate);
    expect(entered).toEqual([0, 1, 2]);
    for (const { resolve } of leave) resolve();
    await Promise.all(passing);
    expect(entered).toEqual([0, 1, 2, 3]);
  });

  it('keeps nobody who gave up, and goes on after a failure', async () => {
    const gate = new Gate(1, 60_000);
    const leave = Promise.withResolvers<void>();
    const first = gate.pass(() => leave.promise, undefined);
    const abort = new AbortController();
    const second = gate.pass(async () => 'second', abort.signal);
    const third = gate.pass(async () => 'third', undefined);
    abort.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    leave.reject(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    expect(await third).toBe('third');
  });

  it('keeps nobody for ever who waits for those inside, and is no wider afterwards', async () => {
    const gate = new Gate(1, 1);
    const leave = [0, 1].map(() => Promise.withResolvers<void>());
    const entered = [0, 1].map(() => Promise.withResolvers<void>());
    const passing = [0, 1].map((index) =>
      gate.pass(async () => {
        entered[index]?.resolve();
        await leave[index]?.promise;
      }, undefined),
    );
    await Promise.all(entered.map(({ promise }) => promise));
    const abort = new AbortController();
    leave[1]?.resolve();
    await passing[1];
    const third = gate.pass(async () => 'third', abort.signal);
    abort.abort(new Error('enough'));
    await expect(third).rejects.toThrow('enough');
    leave[0]?.resolve();
    await passing[0];
    expect(await gate.pass(async () => 'fourth', undefined)).toBe('fourth');
  });
});
