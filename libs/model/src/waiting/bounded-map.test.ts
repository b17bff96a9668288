import { describe, expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

function scenario() {
  const clock = { ms: 1_000 };
  const dropped: number[] = [];
  const onDrop = (value: number): void => void dropped.push(value);
  const map = new BoundedMap<string, number>({ limit: 2, maxAgeMs: 100, now: () => clock.ms, onDrop });
  return { clock, map, dropped };
}

describe('model/waiting/bounded-map', () => {
  it('lets the one go that was set longest ago when it is full', () => {
    const { map, dropped } = scenario();
    map.set('a', 1);
    map.set('b', 2);
    map.use('a');
    map.set('c', 3);
    expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([1, undefined, 3]);
    expect(map.values()).toEqual([1, 3]);
    expect(dropped).toEqual([2]);
  });

  it('lets go what is too old, from memory as soon as another is set', () => {
    const { clock, map } = scenario();
    map.set('a', 1);
    clock.ms += 100;
    expect([map.get('a'), map.use('a'), map.values(), map.size]).toEqual([undefined, undefined, [], 1]);
    map.set('b', 2);
    expect(map.size).toBe(1);
  });

  it('tells what went by time also where another takes its place', () => {
    const { clock, map, dropped } = scenario();
    map.set('a', 1);
    map.set('a', 2);
    clock.ms += 100;
    map.set('a', 3);
    expect(dropped).toEqual([2]);
  });

  it('believes nothing from a time that has not come yet', () => {
    const { clock, map } = scenario();
    map.set('a', 1);
    clock.ms -= 1;
    expect(map.get('a')).toBeUndefined();
  });
});
