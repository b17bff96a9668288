import { parseEcrHost } from '@regfleet/model';
import type { DigestDeps, DigestLister, DigestQuestion } from './digest-lister.ts';
import { isIndexType, tagDigests } from './tag-digest.ts';

/** Private ECR, by `DescribeImages`, for which an identity needs `ecr:DescribeImages`. */
export const ecr: DigestLister = {
  isAt: ({ registry }) => parseEcrHost(registry.host)?.kind === 'private',
  async *pages({ repository, signal }: DigestQuestion, { clouds, location }: DigestDeps) {
    const account = clouds.ecr.of(location);
    if (account === undefined) return;
    let token: string | undefined;
    do {
      const from = token;
      const page = await account.call(
        `list the digests of ${repository}`,
        async (api) => await api.taggedImages?.(repository, from, signal),
        signal,
      );
      yield tagDigests(
        (page?.images ?? []).flatMap(({ digest, mediaType, tags }) =>
          tags.map((tag) => ({ tag, digest, isIndex: isIndexType(mediaType) })),
        ),
      );
      token = page?.next;
    } while (token !== undefined);
  },
};
