import { describe, expect, it } from 'vitest';
import { REFUSED_MS, TokenCache } from './token-cache.ts';

function scenario({ length = 0 } = {}) {
  const clock = { nowMs: 0 };
  const asked: string[] = [];
  const cache = new TokenCache(() => clock.nowMs);
  const getAs =
    (account: string) =>
    (...scopes: string[]) =>
      cache.get(
        { account, scopes },
        async () => {
          asked.push(scopes.join(' '));
          return { text: `token ${asked.length}${'.'.repeat(length)}`, useUntilMs: clock.nowMs + 1000 };
        },
        undefined,
      );
  return { clock, asked, cache, getAs, get: getAs('robot') };
}

describe('registry/auth/token-cache', () => {
  it('keeps accounts apart where a registry has one scope for everything', async () => {
    const { getAs } = scenario();
    const tokens = await Promise.all([getAs('one')('aws'), getAs('other')('aws'), getAs('one')('aws')]);
    expect(tokens).toEqual(['token 1', 'token 2', 'token 1']);
  });

  it('asks once for all who want the same at the same time, and until it expires', async () => {
    const { clock, asked, get } = scenario();
    const tokens = await Promise.all([get('repository:a:pull'), get('repository:a:pull')]);
    clock.nowMs = 999;
    tokens.push(await get('repository:a:pull'));
    expect(new Set(tokens)).toEqual(new Set(['token 1']));
    clock.nowMs = 1000;
    expect(await get('repository:a:pull')).toBe('token 2');
    expect(asked).toHaveLength(2);
  });

  it('uses a token for pushing where one for pulling is wanted, not the other way round', async () => {
    const { get, asked } = scenario();
    await get('repository:a:pull,push');
    expect(await get('repository:a:pull')).toBe('token 1');
    await get('repository:b:pull');
    await get('repository:b:pull,push');
    expect(asked).toEqual(['repository:a:pull,push', 'repository:b:pull', 'repository:b:pull,push']);
  });

  it.each([
    ['many', 0, 4_000],
    ['long', 64_000, 262],
  ])('holds the newest of %s tokens', async (_title, length, count) => {
    const { get, asked } = scenario({ length });
    for (let index = 0; index <= count; index += 1) await get(`repository:r${index}:pull`);
    await get(`repository:r${count}:pull`);
    await get('repository:r1:pull');
    expect(asked).toHaveLength(count + 1);
    await get('repository:r0:pull');
    expect(asked).toHaveLength(count + 2);
  });

  it('lets tokens go that have expired', async () => {
    const { clock, cache, get } = scenario();
    await get('repository:a:pull');
    clock.nowMs += 500;
    await get('repository:b:pull');
    clock.nowMs += 500;
    await get('repository:c:pull');
    expect(cache.size).toBe(2);
  });

  it('keeps repositories apart, and pairs of them', async () => {
    const { get, asked } = scenario();
    await get('repository:a:pull,push', 'repository:b:pull');
    await get('repository:a:pull');
    await get('repository:b:pull');
    expect(asked).toHaveLength(3);
  });

  it('uses no token for pushing where one was refused what another for pulling may be let in for', async () => {
    const { clock, cache, get } = scenario();
    const push = await get('repository:a:pull,push');
    cache.insufficient(['repository:a:pull,push']);
    expect(await get('repository:a:pull')).not.toBe(push);
    expect(await get('repository:a:pull,push')).toBe(push);
    const other = await get('repository:b:pull,push');
    expect(await get('repository:b:pull')).toBe(other);
    clock.nowMs += 2_000;
    expect(await get('repository:a:pull,push')).not.toBe(await get('repository:a:pull'));
  });

  it('forgets what was given just now once for the same, where that may be bad by itself', async () => {
    const { get, cache, clock } = scenario();
    const drop = (token: string) => cache.drop(token, { minAgeMs: 500, isOnceMore: true });
    drop(await get('repository:a:pull'));
    expect(await get('repository:a:pull')).toBe('token 2');
    drop('token 2');
    expect(await get('repository:a:pull')).toBe('token 2');
    drop(await get('repository:b:pull'));
    expect(await get('repository:b:pull')).toBe('token 4');
    clock.nowMs = REFUSED_MS;
    drop(await get('repository:a:pull'));
    expect(await get('repository:a:pull')).toBe('token 6');
  });

  it('keeps what was given just now, since another would be refused as well', async () => {
    const { clock, cache, get } = scenario();
    const token = await get('repository:a:pull');
    cache.drop(token, { minAgeMs: 500 });
    expect(await get('repository:a:pull')).toBe(token);
    clock.nowMs = 500;
    cache.drop(token, { minAgeMs: 500 });
    expect(await get('repository:a:pull')).not.toBe(token);
  });

  it('drops the token that was refused, and no other', async () => {
    const { get, cache, asked } = scenario();
    const refused = await get('repository:a:pull');
    await get('repository:b:pull');
    cache.drop(refused);
    await get('repository:a:pull');
    await get('repository:b:pull');
    cache.drop(refused);
    await get('repository:a:pull');
    expect(asked).toEqual(['repository:a:pull', 'repository:b:pull', 'repository:a:pull']);
  });
});
