import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { type ListingCache, Listings } from './listings.ts';

/** Listings by a clock that the test moves; `answers` are what the registry says, one after the other. */
function scenario(answers: readonly (readonly string[] | Error)[], shared?: ListingCache) {
  const clock = { ms: 1_000_000 };
  const listings = new Listings({ logger: silentLogger, now: () => clock.ms, shared });
  let asked = 0;
  const fetch = async (): Promise<readonly string[]> => {
    const answer = answers[asked] ?? [];
    asked += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const get = (ttlMs = 60_000, key = 'reg.example') => listings.get({ key, ttlMs, fetch }, undefined);
  return { clock, listings, get, asked: () => asked };
}

function memoryCache(): ListingCache & {
  readonly kept: Map<string, { names: readonly string[]; ttlMs: number }>;
} {
  const kept = new Map<string, { names: readonly string[]; ttlMs: number }>();
  return {
    kept,
    get: async (key) => kept.get(key)?.names,
    async set(key, names, ttlMs) {
      kept.set(key, { names, ttlMs });
    },
  };
}

describe('registry/listers/listings', () => {
  it('keeps an answer for as long as it may, the empty one too', async () => {
    const { clock, get, asked } = scenario([[], ['a']]);
    await get();
    clock.ms += 59_999;
    expect(await get()).toEqual([]);
    expect(asked()).toBe(1);
    clock.ms += 1;
    expect(await get()).toEqual(['a']);
  });

  it('lets go what has expired, and the oldest of many', async () => {
    const { clock, listings, get } = scenario([]);
    for (let count = 0; count < 300; count += 1) await get(60_000, `${count}.example`);
    expect(listings.size).toBe(256);
    clock.ms += 30_000;
    await get(60_000, 'other.example');
    clock.ms += 30_000;
    await get(60_000, 'last.example');
    expect(listings.size).toBe(2);
  });

  it('asks again after the clock was ahead and was put right', async () => {
    const { clock, get } = scenario([['a'], ['b']]);
    const nowMs = clock.ms;
    clock.ms += 30 * 24 * 3_600_000;
    await get();
    clock.ms = nowMs;
    expect(await get()).toEqual(['b']);
  });

  it('keeps no failure', async () => {
    const { get } = scenario([new Error('down'), ['a']]);
    await expect(get()).rejects.toThrow('down');
    expect(await get()).toEqual(['a']);
  });

  it('uses what another process has listed, and tells others what it has', async () => {
    const shared = memoryCache();
    const first = scenario([['a']], shared);
    await first.get();
    expect(shared.kept.get('reg.example')).toEqual({ names: ['a'], ttlMs: 60_000 });
    const second = scenario([['b']], shared);
    expect(await second.get()).toEqual(['a']);
    expect(second.asked()).toBe(0);
  });

  it('does without a shared cache that fails', async () => {
    const broken: ListingCache = {
      get: () => Promise.reject(new Error('redis is gone')),
      set: () => Promise.reject(new Error('redis is gone')),
    };
    const { get, asked } = scenario([['a']], broken);
    expect(await get()).toEqual(['a']);
    expect(await get()).toEqual(['a']);
    expect(asked()).toBe(1);
  });

  it('asks nobody else where nothing may be kept', async () => {
    const shared = memoryCache();
    const { get, asked } = scenario([['a'], ['b']], shared);
    expect([await get(0), await get(0)]).toEqual([['a'], ['b']]);
    expect(asked()).toBe(2);
    expect(shared.kept.size).toBe(0);
  });
});
