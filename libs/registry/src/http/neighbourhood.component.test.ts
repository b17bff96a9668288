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

  it('allows it once the registry itself is found to live there', async () => {
    const neighbourhood = new Neighbourhood('r.example.com');
    await resolve(neighbourhood.ownLookup, 'localhost');
    expect(await resolve(neighbourhood.foreignLookup('service'), 'localhost')).toEqual(
      expect.arrayContaining([expect.objectContaining({ address: expect.stringMatching(/^127\.|^::1$/) })]),
    );
  });
});
