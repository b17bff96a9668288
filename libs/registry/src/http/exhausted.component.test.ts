import { fileURLToPath } from 'node:url';
import { runCommand } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';

const moduleAt = (path: string): string => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));

/** What `attempt` is told in a process that has no descriptor left. */
async function failureOf(imports: string, attempt: string): Promise<unknown> {
  const source = `
    import { openSync } from 'node:fs';
    ${imports}
    const fill = () => { try { for (;;) openSync('/dev/null'); } catch {} };
    fill();
    // What was still being read for the start gives its own back.
    await new Promise((resolve) => setTimeout(resolve, 100));
    fill();
    await ${attempt}.then(
      () => console.log('{}'),
      (error) => console.log(JSON.stringify(error)),
    );
    process.exit();`;
  const argv = [process.execPath, '--input-type=module', '-e', source];
  const { stdout } = await runCommand(['/bin/sh', '-c', 'ulimit -n 256; exec "$@"', 'sh', ...argv]);
  return JSON.parse(stdout);
}

const MAY_PASS = {
  kind: 'retryable',
  code: 'NETWORK_FAILED',
  hint: expect.stringContaining('ulimit -n'),
};

describe('registry/http/exhausted', () => {
  it('finds no fault with certificates that no descriptor is left for', async () => {
    const failure = await failureOf(
      `import { silentLogger } from ${moduleAt('../../../model/src/index.ts')};
       import { TrustStore } from ${moduleAt('./trust-store.ts')};`,
      `new TrustStore(silentLogger).of('/etc', ['ssl'], 'unverified')`,
    );
    expect(failure).toMatchObject(MAY_PASS);
  });

  it('finds no fault with logins that no descriptor is left for', async () => {
    const failure = await failureOf(
      `import { WatchedFile } from ${moduleAt('../credentials/watched-file.ts')};`,
      `new WatchedFile('/etc/hostname', (text) => text).read()`,
    );
    expect(failure).toMatchObject(MAY_PASS);
  });
});
