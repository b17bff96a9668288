import { inMemoryRegistry, scriptedRegistry } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { describe, expect, it } from 'vitest';
import { planWith, states, taskOf } from './plan.fixture.ts';

const LONG = 'a'.repeat(200_000);

describe('planner, a source that makes up names', () => {
  it('plans the tags that can be ones and tells the others in one error', async () => {
    await using target = await inMemoryRegistry({ repositories: [] });
    await using source = await scriptedRegistry([
      {
        method: 'GET',
        path: '/v2/app/tags/list',
        response: { status: 200, body: { tags: ['1.0', LONG, '9'.repeat(200_000), 'v1.1', '../x', ''] } },
      },
      { method: 'HEAD', path: /manifests\/1\.0$/, response: { status: 404 } },
      { method: 'HEAD', path: /manifests\/v1\.1$/, response: { status: 404 } },
      { method: 'GET', path: /manifests/, times: 'any', response: { status: 404 } },
    ]);
    const registries = createRegistries({ logger: silentLogger, env: {} });
    try {
      const task = taskOf(`[{from: app, tags: ['semver: >=1.0.0', 'regex: .*']}]`, {
        source: source.host,
        target: target.host,
      });
      const entries = await planWith(registries, task);
      expect(states(entries)).toEqual({ 'app:1.0': 'unknown', 'app:v1.1': 'unknown' });
      const failures = entries.filter((entry) => entry.kind === 'failure');
      expect(failures).toMatchObject([
        { error: { code: 'RESPONSE_INVALID', message: expect.stringMatching(/"a{64}… .* and 3 more$/) } },
      ]);
    } finally {
      await registries.close();
    }
  });
});
