import { describe, expect, it } from 'vitest';
import { FirstRequestGate } from './first-request-gate.ts';

function scenario() {
  const gate = new FirstRequestGate();
  const begun: string[] = [];
  const ask = (name: string, work: Promise<unknown> = Promise.resolve(), signal?: AbortSignal) =>
    gate.run(async () => {
      begun.push(name);
      await work;
      return name;
    }, signal);
  return { begun, ask };
}

describe('registry/session/first-request-gate', () => {
  it('lets the first go alone and the others all at once after it', async () => {
    const { begun, ask } = scenario();
    const { promise, resolve } = Promise.withResolvers<void>();
    const never = new Promise(() => undefined);
    const first = ask('first', promise);
    void ask('second', never);
    const third = ask('third');
    expect(begun).toEqual(['first']);
    resolve();
    await Promise.all([first, third]);
    expect(begun).toEqual(['first', 'second', 'third']);
    await expect(ask('fourth')).resolves.toBe('fourth');
  });

  it('does not make the others fail with the first', async () => {
    const { begun, ask } = scenario();
    const first = ask('first', Promise.reject(new Error('cut')));
    const second = ask('second');
    await expect(first).rejects.toThrow('cut');
    await expect(second).resolves.toBe('second');
    expect(begun).toEqual(['first', 'second']);
  });

  it('lets a waiting one go when it is aborted', async () => {
    const { begun, ask } = scenario();
    void ask('first', new Promise(() => undefined));
    const abort = new AbortController();
    const second = ask('second', Promise.resolve(), abort.signal);
    abort.abort(new Error('stop'));
    await expect(second).rejects.toThrow('stop');
    expect(begun).toEqual(['first']);
  });
});
