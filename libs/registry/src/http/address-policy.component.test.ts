import { describe, expect, it } from 'vitest';
import { AddressPolicy } from './address-policy.ts';

const resolve = (lookup: AddressPolicy['ownLookup'], hostname: string) =>
  new Promise<unknown>((settle) => {
    lookup(hostname, { all: true }, (error, addresses) => settle(error ?? addresses));
  });

describe('registry/http/address-policy when names are resolved', () => {
  it('refuses a name that turns out to be an address the registry may not send us to', async () => {
    const addressPolicy = new AddressPolicy('r.example.com');
    expect(await resolve(addressPolicy.foreignLookup('service'), 'localhost')).toMatchObject({
      code: 'REDIRECT_REFUSED',
    });
  });

  it('allows it once the registry itself is connected to there, and all of its addresses are there', async () => {
    const addressPolicy = new AddressPolicy('r.example.com');
    await resolve(addressPolicy.ownLookup, 'localhost');
    expect(await resolve(addressPolicy.foreignLookup('service'), 'localhost')).toMatchObject({
      code: 'REDIRECT_REFUSED',
    });
    addressPolicy.connected('127.0.0.1');
    expect(await resolve(addressPolicy.foreignLookup('service'), 'localhost')).toEqual(
      expect.arrayContaining([expect.objectContaining({ address: expect.stringMatching(/^127\.|^::1$/) })]),
    );
  });

  it('learns this machine from no name that has other addresses, too', async () => {
    const addressPolicy = new AddressPolicy('r.example.com');
    await resolve(addressPolicy.ownLookup, '93.184.216.34');
    addressPolicy.connected('127.0.0.1');
    expect(await resolve(addressPolicy.foreignLookup('service'), 'localhost')).toMatchObject({
      code: 'REDIRECT_REFUSED',
    });
  });

  it('learns a private network from a connection, not from a name that may have several addresses', async () => {
    const addressPolicy = new AddressPolicy('r.example.com');
    const service = new URL('https://10.0.0.1/token');
    await resolve(addressPolicy.ownLookup, '10.0.0.9');
    expect(() => addressPolicy.check(service, 'service')).toThrow();
    addressPolicy.connected('93.184.216.34');
    expect(() => addressPolicy.check(service, 'service')).toThrow();
    addressPolicy.connected('::ffff:10.0.0.9');
    addressPolicy.check(service, 'service');
    expect(() => addressPolicy.check(new URL('https://127.0.0.1/token'), 'service')).toThrow();
  });
});
