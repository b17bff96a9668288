import { expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { describeCloud } from './cloud.fixture.ts';
import { locationOf } from './scenario.contract.ts';

// With an Azure identity as its library finds it, and the role AcrPull.
const NEEDS = {
  registry: 'REGFLEET_CLOUD_AZURE_REGISTRY',
  repository: 'REGFLEET_CLOUD_AZURE_REPOSITORY',
} as const;

describeCloud('registry/credentials/azure in the cloud', NEEDS, ({ registry, repository }) => {
  it('exchanges the token of the identity and reads', async () => {
    // Files of logins would be asked first.
    const env = { ...process.env, REGISTRY_AUTH_FILE: '/nonexistent' };
    await using scenario = testRegistries({ env });
    const location = locationOf(registry);
    const client = scenario.registries.connect(location);
    await client.ping();
    expect(await scenario.registries.provider(location)).toBe('azure');
    const pages = await Array.fromAsync(client.listTags(repository));
    expect(pages.flat().length).toBeGreaterThan(0);
  });
});
