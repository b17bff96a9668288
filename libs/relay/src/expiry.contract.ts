import { countingProxy, digestOf, pushImage, startRegistry, type TestRegistry } from '@regfleet/harness';
import { type Credentials, type RelayName, Secret } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Relay } from './contract.ts';
import { RelayUnderTest } from './relay.fixture.ts';

const DENIAL = { errors: [{ code: 'DENIED', message: 'requested access to the resource is denied' }] };
const ECR_DENIAL = {
  errors: [
    { code: 'DENIED', message: 'Your authorization token has expired. Reauthenticate and try again.' },
  ],
};

/** What a relay has to do about logins that it hands over once per copy, with a registry that refuses the push. */
export function describeExpiry(name: RelayName, open: () => Promise<Relay>): void {
  describe(`relay/${name}/expiry`, () => {
    let source: TestRegistry;
    let target: TestRegistry;
    let relay: RelayUnderTest;

    beforeAll(async () => {
      [source, target] = await Promise.all([startRegistry(), startRegistry()]);
      relay = new RelayUnderTest(await open());
      await pushImage(source, 'app', 'v1', { layers: ['one'] });
    });

    afterAll(async () => {
      await relay?.[Symbol.asyncDispose]();
      await Promise.all([source, target].map((registry) => registry?.stop()));
    });

    /** The target, but so many pushes of a manifest are refused. */
    async function refusing(times: number | 'always', body: object = DENIAL) {
      const proxy = await countingProxy(target);
      const headers = { 'content-type': 'application/json' };
      proxy.inject({
        method: 'PUT',
        kind: 'manifest',
        status: 403,
        headers,
        body: JSON.stringify(body),
        ...(times !== 'always' && { times }),
      });
      return proxy;
    }

    /** Logins that are told apart by their number, and valid for so long. */
    function logins(lifetimeMs?: number) {
      const given: Credentials[] = [];
      const targetCredentials = async (): Promise<Credentials> => {
        const secret = new Secret(`token ${given.length}`);
        const expiry = lifetimeMs === undefined ? {} : { expiresAtMs: Date.now() + lifetimeMs };
        const login = { username: 'AWS', secret, provider: 'ecr', ...expiry };
        given.push(login);
        return login;
      };
      return { given, targetCredentials };
    }

    it('copies once more with a new login where the one that was refused has expired', async () => {
      await using proxy = await refusing(1);
      const { given, targetCredentials } = logins(0);
      const result = await relay.copy([source, 'app:v1'], [proxy, 'expired:v1'], { targetCredentials });
      expect(await digestOf(target, 'expired', 'v1')).toBe(result.targetDigest);
      expect(given.length).toBeGreaterThan(1);
    });

    it('copies once more where the registry says that the login has expired', async () => {
      await using proxy = await refusing(1, ECR_DENIAL);
      const { targetCredentials } = logins();
      const result = await relay.copy([source, 'app:v1'], [proxy, 'told:v1'], { targetCredentials });
      expect(await digestOf(target, 'told', 'v1')).toBe(result.targetDigest);
    });

    it('says whose login expired where the second one did so, too, and may be tried again', async () => {
      await using proxy = await refusing('always');
      const { targetCredentials } = logins(0);
      const error = await relay.fail([source, 'app:v1'], [proxy, 'twice:v1'], { targetCredentials });
      expect(error).toMatchObject({
        code: 'CREDENTIALS_EXPIRED',
        kind: 'retryable',
        side: 'target',
        registry: proxy.host,
        message: expect.stringContaining('credentials of ecr'),
      });
    });

    it('does not copy again by a login that is the same', async () => {
      await using proxy = await refusing('always', ECR_DENIAL);
      const login = { username: 'AWS', secret: new Secret('kept in a file'), provider: 'docker-config' };
      const targetCredentials = () => Promise.resolve(login);
      const error = await relay.fail([source, 'app:v1'], [proxy, 'file:v1'], { targetCredentials });
      expect(error).toMatchObject({
        code: 'CREDENTIALS_EXPIRED',
        message: expect.stringContaining('docker-config'),
      });
    });

    it('takes the refusal of a login that is valid for one, and names who gave the login', async () => {
      await using proxy = await refusing('always');
      const { given, targetCredentials } = logins(3_600_000);
      const error = await relay.fail([source, 'app:v1'], [proxy, 'valid:v1'], { targetCredentials });
      expect(error).toMatchObject({
        code: 'DENIED',
        kind: 'permanent',
        side: 'target',
        message: expect.stringContaining('credentials of ecr'),
        hint: expect.stringContaining('account'),
      });
      expect(given).toHaveLength(1);
    });
  });
}
