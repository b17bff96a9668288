import { type Credentials, Secret, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { RenewingCredentials } from './renewing.ts';

const MINUTE = 60_000;

const question = { asked: 'the cloud', hint: 'is it there?', timeoutMs: 60_000 };

/** Credentials of `lifetimeMs` by a clock that only the test moves. */
function scenario(options: { lifetimeMs?: number; maxAgeMs?: number; isConstant?: boolean } = {}) {
  const clock = { ms: 1_000_000 };
  const fetches: number[] = [];
  let failure: Error | undefined;
  const renewing = new RenewingCredentials(
    async (): Promise<Credentials> => {
      fetches.push(clock.ms);
      if (failure !== undefined) throw failure;
      const expiry = options.lifetimeMs === undefined ? {} : { expiresAtMs: clock.ms + options.lifetimeMs };
      const username = options.isConstant ? 'user' : `fetch-${fetches.length}`;
      return { username, secret: new Secret('s'), ...expiry };
    },
    { now: () => clock.ms, maxAgeMs: options.maxAgeMs, question },
  );
  const fail = (error: Error | undefined): void => {
    failure = error;
  };
  return { renewing, clock, fetches, fail, user: async () => (await renewing.get())?.username };
}

const outage = new SyncError('NETWORK_FAILED', { message: 'no way through' });

describe('registry/credentials/renewing', () => {
  it('fetches once for all who wait', async () => {
    const { renewing, fetches } = scenario({ lifetimeMs: MINUTE });
    await Promise.all([renewing.get(), renewing.get(), renewing.get()]);
    expect(fetches).toHaveLength(1);
  });

  it.each([
    ['five minutes of twelve hours', 12 * 60 * MINUTE, 12 * 60 * MINUTE - 5 * MINUTE],
    ['a fifth of five seconds', 5_000, 4_000],
  ])('renews before the expiry: %s', async (_title, lifetimeMs, renewalAfterMs) => {
    const { clock, user } = scenario({ lifetimeMs });
    await user();
    clock.ms += renewalAfterMs - 1;
    expect(await user()).toBe('fetch-1');
    clock.ms += 1;
    expect(await user()).toBe('fetch-2');
  });

  it('renews at the given age even if the expiry is further off', async () => {
    const { clock, user } = scenario({ lifetimeMs: 12 * 60 * MINUTE, maxAgeMs: MINUTE });
    await user();
    clock.ms += MINUTE;
    expect(await user()).toBe('fetch-2');
  });

  it('fetches again what is of a time to come, and forgets again what is refused, after the clock was ahead', async () => {
    const { renewing, clock, user } = scenario({ maxAgeMs: MINUTE });
    const nowMs = clock.ms;
    clock.ms += 30 * 24 * 60 * MINUTE;
    renewing.forget(await renewing.get());
    expect(await user()).toBe('fetch-2');
    clock.ms = nowMs;
    expect(await user()).toBe('fetch-3');
    renewing.forget(await renewing.get());
    expect(await user()).toBe('fetch-4');
  });

  it('keeps what has no expiry', async () => {
    const { clock, user } = scenario();
    await user();
    clock.ms += 1_000 * MINUTE;
    expect(await user()).toBe('fetch-1');
  });

  it('does not keep a failure', async () => {
    const { fail, user } = scenario({ lifetimeMs: MINUTE });
    fail(outage);
    await expect(user()).rejects.toBe(outage);
    fail(undefined);
    expect(await user()).toBe('fetch-2');
  });

  it('uses valid credentials while their renewal fails, and asks again halfway to the expiry', async () => {
    const { clock, fail, fetches, user } = scenario({ lifetimeMs: 10_000 });
    await user();
    fail(outage);
    clock.ms += 8_000;
    expect(await user()).toBe('fetch-1');
    expect(await user()).toBe('fetch-1');
    expect(fetches).toHaveLength(2);
    clock.ms += 1_000;
    expect(await user()).toBe('fetch-1');
    expect(fetches).toHaveLength(3);
    clock.ms += 1_000;
    await expect(user()).rejects.toBe(outage);
  });

  it('fetches anew once told that the registry refused', async () => {
    const { renewing, user } = scenario({ lifetimeMs: MINUTE });
    await user();
    renewing.forget();
    expect(await user()).toBe('fetch-2');
  });

  it('keeps what has been renewed since the refused ones were sent', async () => {
    const { clock, renewing, user } = scenario({ lifetimeMs: MINUTE });
    const refused = await renewing.get();
    clock.ms += MINUTE;
    await user();
    renewing.forget(refused);
    expect(await user()).toBe('fetch-2');
  });

  it.each([
    ['stays the same', true],
    ['is another one', false],
  ])(
    'asks once more for a login that is refused and %s, not for each refusal',
    async (_title, isConstant) => {
      const { clock, fetches, renewing } = scenario({ lifetimeMs: MINUTE, isConstant });
      for (let refusal = 0; refusal < 20; refusal += 1) renewing.forget(await renewing.get());
      await renewing.get();
      expect(fetches).toHaveLength(2);
      clock.ms += 10_000;
      renewing.forget(await renewing.get());
      await renewing.get();
      expect(fetches).toHaveLength(3);
    },
  );
});
