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

  const clientOf = (host: string, password: string, { certsDir = '/does/not/exist' } = {}) =>
    scenario.registries.connect(
      locationOf(
        { host },
        {
          auth: { kind: 'basic', username: 'robot', password: new Secret(password) },
          tls: { skipVerify: false, certsDir },
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

  it('keeps the clients of all accounts that a config has at one registry', () => {
    const clients = () => Array.from({ length: 100 }, (_, index) => clientOf('a.test', `password-${index}`));
    const [first, again] = [clients(), clients()];
    expect(again.every((client, index) => client === first[index])).toBe(true);
  });

  it('lets clients go whose password the config has had often enough since then', () => {
    const first = clientOf('a.test', 'one');
    const other = clientOf('b.test', 'one');
    for (let count = 0; count < 256; count += 1) clientOf('a.test', `password-${count}`);
    expect(clientOf('a.test', 'one')).not.toBe(first);
    expect(clientOf('b.test', 'one')).toBe(other);
  });

  it('lets clients go whose TLS settings the config has had often enough since then', () => {
    const settings = (count: number) => clientOf('a.test', 'one', { certsDir: `/does/not/exist/${count}` });
    const [first, other] = [settings(0), clientOf('b.test', 'one')];
    for (let count = 1; count < 16; count += 1) settings(count);
    expect(settings(0)).toBe(first);
    for (let count = 1; count <= 16; count += 1) settings(count);
    expect(settings(0)).not.toBe(first);
    expect(clientOf('b.test', 'one')).toBe(other);
  });
});
