import { describe, expect, it } from 'vitest';
import { NameLocks } from './locks.ts';

const never = new AbortController().signal;

/** Notes the beginning of each piece of work, which ends when it is told to. */
class Stage {
  readonly locks = new NameLocks();
  readonly begun: string[] = [];

  play(part: string, names: readonly string[], signal = never): { end: () => void; done: Promise<void> } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const work = (): Promise<void> => {
      this.begun.push(part);
      return promise;
    };
    return { end: resolve, done: this.locks.hold(names, signal, work) };
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('relay/docker/locks', () => {
  it('lets one at a time hold a name, in the order of asking', async () => {
    const stage = new Stage();
    const parts = ['1', '2', '3'].map((part) => stage.play(part, ['a']));
    for (const [index, part] of parts.entries()) {
      await settled();
      expect(stage.begun).toEqual(['1', '2', '3'].slice(0, index + 1));
      part.end();
      await part.done;
    }
  });

  it('does not make those wait who want other names', async () => {
    const stage = new Stage();
    const parts = [stage.play('1', ['a', 'b']), stage.play('2', ['c', 'd'])];
    await settled();
    expect(stage.begun).toEqual(['1', '2']);
    for (const part of parts) part.end();
  });

  it('does not let two wait for each other', async () => {
    const stage = new Stage();
    const parts = [stage.play('1', ['a', 'b']), stage.play('2', ['b', 'a'])];
    for (const part of parts) part.end();
    await Promise.all(parts.map((part) => part.done));
    expect(stage.begun).toEqual(['1', '2']);
  });

  it('holds a name once that is asked for twice', async () => {
    const part = new Stage().play('1', ['a', 'a']);
    part.end();
    await part.done;
  });

  it('lets go when the work fails', async () => {
    const locks = new NameLocks();
    const failing = locks.hold(['a'], never, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await expect(locks.hold(['a'], never, () => Promise.resolve(1))).resolves.toBe(1);
  });

  it('lets a name go whose last in line gave up', async () => {
    const stage = new Stage();
    const abort = new AbortController();
    const first = stage.play('1', ['a', 'b']);
    const second = stage.play('2', ['a'], abort.signal);
    abort.abort(new Error('enough'));
    await expect(second.done).rejects.toThrow('enough');
    first.end();
    await first.done;
    await settled();
    expect(stage.locks.size).toBe(0);
  });

  it('gives up waiting on abort, without letting the next one in too early', async () => {
    const stage = new Stage();
    const abort = new AbortController();
    const first = stage.play('1', ['a']);
    const second = stage.play('2', ['a'], abort.signal);
    const third = stage.play('3', ['a']);
    abort.abort(new Error('enough'));
    await expect(second.done).rejects.toThrow('enough');
    await settled();
    expect(stage.begun).toEqual(['1']);
    first.end();
    await settled();
    expect(stage.begun).toEqual(['1', '3']);
    third.end();
    await third.done;
  });
});
