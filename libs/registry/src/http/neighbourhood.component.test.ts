import { describe, expect, it } from 'vitest';
import { Neighbourhood } from './neighbourhood.ts';

const resolve = (lookup: Neighbourhood['ownLookup'], hostname: string) =>
  new Promise<unknown>((settle) => {
    lookup(hostname, { all: true }, (error, addresses) => settle(error ?? addresses));
  });

describe('registry/http/neighbourhood when names are resolved', () => {
  it('refuses a name that turns out to be an address the registry may not send us to', async () => {
    const neighbourhood = new Neighbourhood('r.example.com');
    expect(await resolve(neighbourhood.foreignLookup('service'), 'localhost')).toMatchObject({
      code: 'REDIRECT_REFUSED',
    });
  });

  it('allows it once the registry itself is connected to there, and all of its addresses are there', async () => {
    const neighbourhood = new Neighbourhood('r.example.com');
    await resolve(neighbourhood.ownLookup, 'localhost');
    expect(await resolve(neighbourhood.foreignLookup('service'), 'localhost')).toMatchObject({
      code: 'REDIRECT_REFUSED',
    });
    neighbourhood.connected('127.0.0.1');
    expect(await resolve(neighbourhood.foreignLookup('service'), 'localhost')).toEqual(
      expect.arrayContaining([expect.objectContaining({ address: expect.stringMatching(/^127\.|^::1$/) })]),
    );
  });

  it('learns this machine from no name that has other addresses, too', async () => {
    const neighbourhood = new Neighbourhood('r.example.com');
    await resolve(neighbourhood.ownLookup, '93.184.216.34');
    neighbourhood.connected('127.0.0.1');
    expect(await resolve(neighbourhood.foreignLookup('service'), 'localhost')).toMatchObject({
      code: 'REDIRECT_REFUSED',
    });
  });

  it('learns a private network from a connection, not from a name that may have several addresses', async () => {
    const neighbourhood = new Neighbourhood('r.example.com');
    const service = new URL('https://10.0.0.1/token');
    await resolve(neighbourhood.ownLookup, '10.0.0.9');
    expect(() => neighbourhood.check(service, 'service')).toThrow();
    neighbourhood.connected('93.184.216.34');
    expect(() => neighbourhood.check(service, 'service')).toThrow();
    neighbourhood.connected('::ffff:10.0.0.9');
    neighbourhood.check(service, 'service');
    expect(() => neighbourhood.check(new URL('https://127.0.0.1/token'), 'service')).toThrow();
  });
});
