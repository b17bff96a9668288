import { describe, expect, it } from 'vitest';
import { OwnNames } from './own-names.ts';

function scenario() {
  const clock = { ms: 0 };
  return { clock, names: new OwnNames(() => clock.ms) };
}

describe('registry/auth/own-names', () => {
  it('lets go what is not asked for in more than a day, and the oldest of many', () => {
    const { clock, names } = scenario();
    const learn = (count: number) =>
      names.learn([`repository:${count}:pull`], `repository:own/${count}:pull`);
    learn(0);
    clock.ms += 25 * 3_600_000;
    expect(names.of('repository:0:pull')).toBe('repository:0:pull');
    for (let count = 1; count <= 10_001; count += 1) learn(count);
    expect(names.size).toBe(10_000);
    expect(names.of('repository:10001:pull')).toBe('repository:own/10001:pull');
  });

  it('keeps the rights that are asked for, where the registry wants no more of its own name', () => {
    const { names } = scenario();
    names.learn(['repository:a:pull,push'], 'repository:own/a:pull');
    expect(names.of('repository:a:pull,push')).toBe('repository:own/a:pull,push');
    names.learn(['repository:b:pull'], 'repository:own/b:pull,push');
    expect(names.of('repository:b:pull')).toBe('repository:own/b:pull,push');
    names.learn(['repository:c:pull'], 'aws');
    expect(names.of('repository:c:pull')).toBe('aws');
  });

  it('holds no scope that is longer than any real one', () => {
    const { names } = scenario();
    names.learn(['repository:a:pull'], `repository:${'a'.repeat(2_000)}:pull`);
    expect(names.size).toBe(0);
  });
});
