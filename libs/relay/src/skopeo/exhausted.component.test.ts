import { fileURLToPath } from 'node:url';
import { runToSuccess } from '@regfleet/harness';
import { expect, it } from 'vitest';

// Takes all descriptors of its process, then starts a program; what nobody hears would end the process after that.
const PROBE = `
import { openSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
const { runSkopeo } = await import(process.argv[1]);
const run = () => runSkopeo('/bin/true', [], { onLine: () => undefined, diesWithUs: true });
await run();
try { for (;;) openSync('/dev/null'); } catch {}
const { code, kind, message, hint } = await run().catch((error) => error);
await setImmediate();
console.log(JSON.stringify({ code, kind, message, hint }));
`;

it('relay/skopeo: a process that may open no more files copies on later, and ends neither itself nor the image for good', async () => {
  const module = fileURLToPath(new URL('./run.ts', import.meta.url));
  const script = 'ulimit -n 64 && exec "$@"';
  const argv = ['sh', '-c', script, 'sh', process.execPath, '--input-type=module', '-e', PROBE, module];
  const told = JSON.parse(await runToSuccess(argv));
  expect(told).toEqual({
    code: 'NETWORK_FAILED',
    kind: 'retryable',
    message: 'cannot run skopeo as "/bin/true": this process may open no more files',
    hint: expect.stringContaining('ulimit -n'),
  });
});
