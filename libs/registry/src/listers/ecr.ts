import { type Location, SyncError } from '@regfleet/model';
import { ecrEndpoint } from '../credentials/ecr/endpoint.ts';
import type { HostLister, ListerDeps, ListingScope } from './lister.ts';

/** Private ECR, which has no catalog: the account of the host, by `DescribeRepositories`. */
export const ecr: HostLister = {
  type: 'ecr',
  appliesTo: (location) => ecrEndpoint(location)?.kind === 'private',
  pages: describeRepositories,
};

/** Public ECR: only what an account of one's own holds can be listed. */
export const ecrPublic: HostLister = {
  type: 'ecr-public',
  appliesTo: (location) => ecrEndpoint(location)?.kind === 'public',
  pages: describeRepositories,
};

async function* describeRepositories(
  location: Location,
  { clouds }: ListerDeps,
  { signal, maxItems }: ListingScope,
): AsyncIterable<readonly string[]> {
  const account = clouds.ecr.of(location);
  if (account?.endpoint.account === undefined) {
    throw new SyncError('LISTING_UNSUPPORTED', {
      message: `the repositories of ${location.registry.text} cannot be listed without an account`,
      hint: 'write the registry as <account>:<region>@public.ecr.aws, or name the repositories one by one',
      registry: location.registry.text,
    });
  }
  // Collected inside the call, which begins again where the identity has to be resolved anew.
  yield await account.call(
    'list repositories',
    async (api) => {
      const names: string[] = [];
      for await (const page of api.listRepositories(signal)) {
        names.push(...page);
        if (names.length >= (maxItems ?? Number.POSITIVE_INFINITY)) break;
      }
      return names;
    },
    signal,
  );
}
