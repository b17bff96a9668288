import { failureWithoutFiles } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';

const moduleAt = (path: string): URL => new URL(path, import.meta.url);

const MAY_PASS = {
  kind: 'retryable',
  code: 'NETWORK_FAILED',
  hint: expect.stringContaining('ulimit -n'),
};

describe('registry/http/exhausted', () => {
  it('finds no fault with certificates that no descriptor is left for', async () => {
    const failure = await failureWithoutFiles(
      [moduleAt('../../../model/src/index.ts'), moduleAt('./trust-store.ts')],
      `({ silentLogger, TrustStore }) => new TrustStore(silentLogger).of('/etc', ['ssl'], 'unverified')`,
    );
    expect(failure).toMatchObject(MAY_PASS);
  });

  it('finds no fault with logins that no descriptor is left for', async () => {
    const failure = await failureWithoutFiles(
      [moduleAt('../credentials/watched-file.ts')],
      `({ WatchedFile }) => new WatchedFile('/etc/hostname', (text) => text).read()`,
    );
    expect(failure).toMatchObject(MAY_PASS);
  });
});
