import { failureWithoutFiles } from '@regfleet/harness';
import { expect, it } from 'vitest';

const RUN = `async ({ runSkopeo }) => {
  await runSkopeo('/bin/true', [], { onLine: () => undefined, diesWithUs: true });
}`;

it('relay/skopeo: a process that may open no more files copies on later, and ends neither itself nor the image for good', async () => {
  expect(await failureWithoutFiles([new URL('./run.ts', import.meta.url)], RUN)).toMatchObject({
    code: 'NETWORK_FAILED',
    kind: 'retryable',
    message: 'cannot run skopeo as "/bin/true": this process may open no more files',
    hint: expect.stringContaining('ulimit -n'),
  });
});
