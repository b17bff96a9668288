import { fileURLToPath } from 'node:url';
import { runToSuccess } from '@regfleet/harness';
import { expect, it } from 'vitest';

// Takes all descriptors of its process, then asks a helper; what nobody hears would end the process after that.
const PROBE = `
import { openSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
const { askHelper } = await import(process.argv[1]);
const call = { name: 'none', configFile: '/config.json', server: 'r.example.com', registry: 'r.example.com' };
const ask = () => askHelper(call, { env: process.env, signal: new AbortController().signal });
await ask().catch(() => undefined);
try { for (;;) openSync('/dev/null'); } catch {}
const { code, kind, message, registry } = await ask().catch((error) => error);
await setImmediate();
console.log(JSON.stringify({ code, kind, message, registry }));
`;

it('registry/credentials/docker-config: a process that may open no more files finds no fault with helpers', async () => {
  const module = fileURLToPath(new URL('./helper.ts', import.meta.url));
  const script = 'ulimit -n 64 && exec "$@"';
  const argv = ['sh', '-c', script, 'sh', process.execPath, '--input-type=module', '-e', PROBE, module];
  const told = JSON.parse(await runToSuccess(argv));
  expect(told).toEqual({
    code: 'NETWORK_FAILED',
    kind: 'retryable',
    message: expect.stringMatching(/docker-credential-none .*: this process may open no more files$/),
    registry: 'r.example.com',
  });
});
