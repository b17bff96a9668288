import { Secret } from '@regfleet/model';
import { expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { describeCloud } from './cloud.fixture.ts';
import { locationOf } from './scenario.contract.ts';

// Docker Hub, GitHub, GitLab, Quay, Harbor: whoever takes a user name and a password or token.
const NEEDS = {
  registry: 'REGFLEET_CLOUD_LOGIN_REGISTRY',
  username: 'REGFLEET_CLOUD_LOGIN_USERNAME',
  password: 'REGFLEET_CLOUD_LOGIN_PASSWORD',
} as const;

describeCloud('registry/credentials of a real registry', NEEDS, ({ registry, username, password }) => {
  const login = (secret: string) =>
    locationOf(registry, { auth: { kind: 'basic', username, password: new Secret(secret) } });

  it('logs in', async () => {
    await using scenario = testRegistries({ env: process.env });
    const client = scenario.registries.connect(login(password));
    await client.ping();
    expect(client.hasAskedForLogin).toBe(true);
  });

  it('is refused with another password', async () => {
    await using scenario = testRegistries({ env: process.env });
    const ping = scenario.registries.connect(login('regfleet-wrong-password')).ping();
    await expect(ping).rejects.toMatchObject({ code: expect.stringMatching(/^(?:UNAUTHORIZED|DENIED)$/) });
  });
});
