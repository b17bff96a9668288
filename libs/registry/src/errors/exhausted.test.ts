import { silentLogger } from '@regfleet/model';
import { describe, expect, it, vi } from 'vitest';
import { WatchedFile } from '../credentials/watched-file.ts';
import { TrustStore } from '../http/trust-store.ts';
import { transportError } from './transport-error.ts';

const { lacking, fail } = vi.hoisted(() => {
  const lacking = Object.assign(new Error('EMFILE: too many open files'), {
    code: 'EMFILE',
    syscall: 'open',
  });
  return { lacking, fail: (): Promise<never> => Promise.reject(lacking) };
});

// As a process without another descriptor finds every file.
vi.mock('node:fs/promises', () => ({ readFile: fail, readdir: fail, stat: fail }));

const MAY_PASS = {
  kind: 'retryable',
  code: 'NETWORK_FAILED',
  hint: expect.stringContaining('ulimit -n'),
};

describe('registry/errors/exhausted', () => {
  it('finds no fault with certificates that no descriptor is left for', async () => {
    const trust = new TrustStore(silentLogger).of('/certs', ['r.example.com'], 'unverified');
    await expect(trust).rejects.toMatchObject(MAY_PASS);
  });

  it('finds no fault with logins that no descriptor is left for', async () => {
    await expect(new WatchedFile('/secret', (text) => text).read()).rejects.toMatchObject(MAY_PASS);
  });

  it('says what to do when no connection can be opened', () => {
    expect(transportError(lacking, { registry: 'r.example.com' })).toMatchObject(MAY_PASS);
  });
});
