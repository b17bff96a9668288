import { failureWithoutFiles } from '@regfleet/harness';
import { expect, it } from 'vitest';

const ASK = `async ({ askHelper }) => {
  const call = { name: 'none', configFile: '/config.json', server: 'r.example.com', registry: 'r.example.com' };
  await askHelper(call, { env: process.env, signal: new AbortController().signal });
}`;

it('registry/credentials/docker-config: a process that may open no more files finds no fault with helpers', async () => {
  expect(await failureWithoutFiles([new URL('./helper.ts', import.meta.url)], ASK)).toMatchObject({
    code: 'NETWORK_FAILED',
    kind: 'retryable',
    message: expect.stringMatching(/docker-credential-none .*: this process may open no more files$/),
    registry: 'r.example.com',
  });
});
