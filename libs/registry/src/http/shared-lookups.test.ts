import { describe, expect, it } from 'vitest';
import { type Lookup, SharedLookups } from './shared-lookups.ts';

const ADDRESS = { address: '192.0.2.7', family: 4 };

/** Answers once `answer` is called; never before. */
function scripted() {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const lookup: Lookup = (hostname, _options, callback) => {
    asked.push(hostname);
    waiting.push(() => callback(null, [ADDRESS]));
  };
  const answer = (): void => {
    for (const reply of waiting.splice(0)) reply();
  };
  return { asked, answer, lookup };
}

describe('registry/http/shared-lookups', () => {
  it('asks once for all who wait, and again after a minute', async () => {
    const { asked, answer, lookup } = scripted();
    let nowMs = 0;
    const lookups = new SharedLookups(lookup, () => nowMs);
    const both = Promise.all([lookups.of('a.test', 60_000), lookups.of('a.test', 60_000)]);
    answer();
    expect(await both).toEqual([[ADDRESS], [ADDRESS]]);
    nowMs = 59_999;
    await lookups.of('a.test', 60_000);
    expect(asked).toEqual(['a.test']);
    nowMs = 60_000;
    const later = lookups.of('a.test', 60_000);
    answer();
    await later;
    expect(asked).toEqual(['a.test', 'a.test']);
  });

  it('lets go what is a minute old, and the oldest of many names', () => {
    let nowMs = 0;
    const lookups = new SharedLookups(scripted().lookup, () => nowMs);
    for (let count = 0; count < 120; count += 1) void lookups.of(`${count}.test`, 1);
    expect(lookups.size).toBe(100);
    nowMs = 60_000;
    void lookups.of('last.test', 1);
    expect(lookups.size).toBe(1);
  });

  it('waits no longer than it may, and does not ask what is silent again at once', async () => {
    const { asked, lookup } = scripted();
    const lookups = new SharedLookups(lookup, () => 0);
    expect(await lookups.of('a.test', 1)).toEqual([]);
    expect(await lookups.of('a.test', 1)).toEqual([]);
    expect(asked).toEqual(['a.test']);
  });

  it('keeps no more than some names', async () => {
    const { asked, answer, lookup } = scripted();
    const lookups = new SharedLookups(lookup, () => 0);
    const names = Array.from({ length: 101 }, (_, index) => `${index}.test`);
    const all = names.map((name) => lookups.of(name, 60_000));
    answer();
    await Promise.all(all);
    await lookups.of('1.test', 60_000);
    expect(asked).toEqual(names);
    const first = lookups.of('0.test', 60_000);
    answer();
    await first;
    expect(asked).toEqual([...names, '0.test']);
  });
});
