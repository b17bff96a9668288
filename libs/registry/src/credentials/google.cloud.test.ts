import { expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { describeCloud } from './cloud.fixture.ts';
import { locationOf } from './scenario.contract.ts';

// With a Google identity as its library finds it. The image: `<registry>/<repository>:<tag>`.
const NEEDS = {
  registry: 'REGFLEET_CLOUD_GOOGLE_REGISTRY',
  repository: 'REGFLEET_CLOUD_GOOGLE_REPOSITORY',
} as const;

describeCloud('registry/credentials/google in the cloud', NEEDS, ({ registry, repository }) => {
  it('logs in with an access token and reads', async () => {
    // Files of logins would be asked first.
    const env = { ...process.env, REGISTRY_AUTH_FILE: '/nonexistent' };
    await using scenario = testRegistries({ env });
    const location = locationOf(registry);
    const client = scenario.registries.connect(location);
    await client.ping();
    expect(await scenario.registries.provider(location)).toBe('google');
    const pages = await Array.fromAsync(client.listTags(repository));
    expect(pages.flat().length).toBeGreaterThan(0);
  });
});
