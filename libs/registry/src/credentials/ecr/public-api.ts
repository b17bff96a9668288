import { SyncError } from '@regfleet/model';
import type { EcrApi } from './api.ts';
import type { EcrEndpoint } from './endpoint.ts';
import { isAwsException } from './errors.ts';
import { type AwsClient, clientSettings } from './identity.ts';

// The API's largest page: https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_DescribeRepositories.html
const PAGE_SIZE = 100;

/**
 * Loads the SDK; one client for as long as the returned API is kept.
 *
 * Names are `alias/name` in references, while the API knows them without the alias.
 */
export async function openPublicEcr(
  { host, account, region }: Extract<EcrEndpoint, { kind: 'public' }>,
  caller: Omit<AwsClient, 'region'>,
): Promise<EcrApi> {
  const sdk = await import('@aws-sdk/client-ecr-public');
  const client = new sdk.ECRPUBLICClient(await clientSettings({ ...caller, region }));
  return {
    async token(abortSignal) {
      const { authorizationData } = await client.send(new sdk.GetAuthorizationTokenCommand({}), {
        abortSignal,
      });
      const { authorizationToken: login = '', expiresAt } = authorizationData ?? {};
      return { login, ...(expiresAt !== undefined && { expiresAtMs: expiresAt.getTime() }) };
    },
    async *listRepositories(abortSignal) {
      let nextToken: string | undefined;
      do {
        const command = new sdk.DescribeRepositoriesCommand({
          registryId: account,
          maxResults: PAGE_SIZE,
          nextToken,
        });
        const page = await client.send(command, { abortSignal });
        yield (page.repositories ?? []).flatMap(({ repositoryUri }) => nameInReferences(host, repositoryUri));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
    },
    async hasRepository(name, abortSignal) {
      const repositoryNames = [nameInApi(name)];
      const command = new sdk.DescribeRepositoriesCommand({ registryId: account, repositoryNames });
      try {
        return ((await client.send(command, { abortSignal })).repositories ?? []).length > 0;
      } catch (error) {
        if (isAwsException(error, 'RepositoryNotFoundException')) return false;
        throw error;
      }
    },
    async createRepository(name, { tags }, abortSignal) {
      const command = new sdk.CreateRepositoryCommand({
        repositoryName: nameInApi(name),
        ...(tags && { tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
      });
      await client.send(command, { abortSignal });
    },
    close: () => client.destroy(),
  };
}

/** `public.ecr.aws/alias/name` -> `alias/name`. */
const nameInReferences = (host: string, uri: string | undefined): string[] =>
  uri?.startsWith(`${host}/`) ? [uri.slice(host.length + 1)] : [];

/** `alias/name` -> `name`. */
function nameInApi(name: string): string {
  const slash = name.indexOf('/');
  if (slash > 0) return name.slice(slash + 1);
  throw new SyncError('REFERENCE_INVALID', {
    message: `"${name}" is no repository of public ECR: it has no alias`,
    hint: 'write the path of the mapping as alias/name, with the alias of your public registry',
  });
}
