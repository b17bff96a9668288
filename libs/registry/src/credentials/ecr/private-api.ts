import type { RepositoryOptions } from '@regfleet/model';
import type { EcrApi } from './api.ts';
import type { EcrEndpoint } from './endpoint.ts';
import { isAwsException } from './errors.ts';
import { type AwsClient, clientSettings } from './identity.ts';

// The API's largest page: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html
const PAGE_SIZE = 100;

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
const IMAGES_PAGE_SIZE = 1_000;

/** Loads the SDK; one client for as long as the returned API is kept. */
export async function openPrivateEcr(
  { account, region }: Extract<EcrEndpoint, { kind: 'private' }>,
  caller: Omit<AwsClient, 'region'>,
): Promise<EcrApi> {
  const sdk = await import('@aws-sdk/client-ecr');
  const client = new sdk.ECRClient(await clientSettings({ ...caller, region }));
  return {
    async token(abortSignal) {
      const command = new sdk.GetAuthorizationTokenCommand({ registryIds: [account] });
      const { authorizationData } = await client.send(command, { abortSignal });
      const { authorizationToken: login = '', expiresAt } = authorizationData?.[0] ?? {};
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
        yield (page.repositories ?? []).flatMap(({ repositoryName }) => repositoryName ?? []);
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
    },
    async hasRepository(name, abortSignal) {
      const command = new sdk.DescribeRepositoriesCommand({ registryId: account, repositoryNames: [name] });
      try {
        return ((await client.send(command, { abortSignal })).repositories ?? []).length > 0;
      } catch (error) {
        if (isAwsException(error, 'RepositoryNotFoundException')) return false;
        throw error;
      }
    },
    async createRepository(name, options, abortSignal) {
      const command = new sdk.CreateRepositoryCommand({
        registryId: account,
        repositoryName: name,
        ...creationSettings(options),
      });
      await client.send(command, { abortSignal });
    },
    async putLifecyclePolicy(name, policy, abortSignal) {
      const command = new sdk.PutLifecyclePolicyCommand({
        registryId: account,
        repositoryName: name,
        lifecyclePolicyText: policy,
      });
      await client.send(command, { abortSignal });
    },
    async taggedImages(name, token, abortSignal) {
      const command = new sdk.DescribeImagesCommand({
        registryId: account,
        repositoryName: name,
        filter: { tagStatus: 'TAGGED' },
        maxResults: IMAGES_PAGE_SIZE,
        ...(token !== undefined && { nextToken: token }),
      });
      const sent = client.send(command, abortSignal === undefined ? {} : { abortSignal });
      const page = await sent.catch((error: unknown) => {
        // One that is still to be made has no images.
        if (isAwsException(error, 'RepositoryNotFoundException')) return undefined;
        throw error;
      });
      if (page === undefined) return { images: [], next: undefined };
      const images = (page.imageDetails ?? []).map((image) => ({
        digest: image.imageDigest,
        mediaType: image.imageManifestMediaType,
        tags: image.imageTags ?? [],
      }));
      return { images, next: page.nextToken };
    },
    close: () => client.destroy(),
  };
}

const creationSettings = ({ tags, scanOnPush, immutableTags }: RepositoryOptions) => ({
  ...(tags !== undefined && { tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
  ...(scanOnPush !== undefined && { imageScanningConfiguration: { scanOnPush } }),
  ...(immutableTags !== undefined && {
    imageTagMutability: immutableTags ? ('IMMUTABLE' as const) : ('MUTABLE' as const),
  }),
});
