import { type Credentials, Secret, silentLogger } from '@regfleet/model';
import { depsOf } from '../credentials/scenario.contract.ts';
import type { ListerDeps } from './lister.ts';
import { Listings } from './listings.ts';

/** Deps of listers: no listing known, no registry client, anonymous unless `login` is given. */
export function listerDepsOf(more: Partial<ListerDeps> & { login?: readonly [string, string] }): ListerDeps {
  const { login, ...rest } = more;
  const credentials: Credentials | undefined = login && { username: login[0], secret: new Secret(login[1]) };
  return {
    ...depsOf(),
    maxNames: 1_000_000,
    listings: new Listings({ logger: silentLogger, now: rest.now ?? Date.now }),
    credentials: {
      get: async () => credentials,
      forget: () => undefined,
    },
    connect() {
      throw new Error('this lister needs no registry client');
    },
    ...rest,
  };
}
