import { outsideList } from '@regfleet/model';
import { z } from 'zod';
import type { DigestDeps, DigestLister, DigestQuestion } from './digest-lister.ts';
import { tagDigests } from './tag-digest.ts';
import { askWebApi } from './web-api.ts';

// The most that it takes.
const PAGE_SIZE = 100;

// As whom Quay knows the holder of a token for its API.
const OAUTH_USER = '$oauthtoken';

const pageSchema = z.object({
  has_additional: z.boolean().nullish(),
  tags: outsideList(
    z.object({
      name: z.string(),
      manifest_digest: z.string().nullish(),
      is_manifest_list: z.boolean().nullish(),
    }),
  ),
});

/**
 * Quay: the tags of a repository by its web API, which knows the users of the registry only by OAuth tokens: what robots may read
 * that strangers may not is asked about tag by tag.
 *
 * @see https://docs.quay.io/api/swagger/ (`listRepoTags`)
 */
export const quay: DigestLister = {
  isAt: ({ registry }) => registry.host === 'quay.io',
  async *pages({ repository, signal }: DigestQuestion, { session, credentials }: DigestDeps) {
    const login = await credentials.get({ repository, signal });
    const authorization = login?.username === OAUTH_USER ? `Bearer ${login.secret.reveal()}` : undefined;
    for (let page = 1; ; page += 1) {
      const query = `onlyActiveTags=true&limit=${PAGE_SIZE}&page=${page}`;
      const { tags, has_additional } = await askWebApi(session, {
        path: `/api/v1/repository/${repository}/tag/?${query}`,
        authorization,
        schema: pageSchema,
        repository,
        signal,
      });
      yield tagDigests(
        tags.map(({ name, manifest_digest, is_manifest_list }) => ({
          tag: name,
          digest: manifest_digest,
          isIndex: is_manifest_list ?? undefined,
        })),
      );
      if (!has_additional) return;
    }
  },
};
