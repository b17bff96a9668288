import { scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';

/** What comes of a deletion that is answered so. */
async function answered(status: number): Promise<unknown> {
  await using registry = await scriptedRegistry([
    { method: 'DELETE', path: '/v2/app/manifests/v1', times: 'any', response: { status } },
  ]);
  await using scenario = testRegistries();
  return await scenario
    .connect(registry)
    .deleteTag('app', 'v1')
    .catch(({ code }) => code);
}

describe('registry/manifests/delete-tag', () => {
  it.each([
    [202, true],
    [404, true],
    [400, false],
    [405, false],
    [403, false],
    [500, 'SERVER_FAILED'],
  ])('answers a deletion that ends with %i: %s', async (status, end) => {
    expect(await answered(status)).toBe(end);
  });
});
