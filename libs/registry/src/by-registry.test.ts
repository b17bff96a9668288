import { Secret } from '@regfleet/model';
import { afterEach, describe, expect, it } from 'vitest';
import { locationOf, testRegistries } from './registries.fixture.ts';

describe('registry/by-registry', () => {
  const HOUR_MS = 3_600_000;
  const clock = { ms: 0 };
  let scenario = testRegistries({ now: () => clock.ms });
  afterEach(async () => {
    await scenario.registries.close();
    scenario = testRegistries({ now: () => clock.ms });
  });

  const clientOf = (host: string, password: string, skipVerify = false) =>
    scenario.registries.connect(
      locationOf(
        { host },
        {
          auth: { kind: 'basic', username: 'robot', password: new Secret(password) },
          tls: { skipVerify, certsDir: '/does/not/exist' },
        },
      ),
    );

  it('keeps a client for as long as it is asked for once a day', () => {
    const first = clientOf('a.test', 'one');
    clock.ms += 24 * HOUR_MS;
    expect(clientOf('a.test', 'one')).toBe(first);
    clock.ms += 24 * HOUR_MS;
    expect(clientOf('a.test', 'one')).toBe(first);
    clock.ms += 25 * HOUR_MS;
    expect(clientOf('a.test', 'one')).not.toBe(first);
  });

  it('lets clients go whose password or TLS settings the config has had often enough since then', () => {
    const first = clientOf('a.test', 'one');
    const other = clientOf('b.test', 'one');
    for (let count = 0; count < 8; count += 1) clientOf('a.test', `password-${count}`, count % 2 === 0);
    expect(clientOf('a.test', 'one')).toBe(first);
    for (let count = 0; count < 16; count += 1) clientOf('a.test', `later-${count}`, count % 2 === 0);
    expect(clientOf('a.test', 'one')).not.toBe(first);
    expect(clientOf('b.test', 'one')).toBe(other);
  });
});
