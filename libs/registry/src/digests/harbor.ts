import { outsideList } from '@regfleet/model';
import { z } from 'zod';
import type { DigestDeps, DigestLister, DigestQuestion } from './digest-lister.ts';
import { isIndexType, tagDigests } from './tag-digest.ts';
import { askWebApi } from './web-api.ts';

// The most that it takes.
const PAGE_SIZE = 100;

const pageSchema = outsideList(
  z.object({
    digest: z.string(),
    manifest_media_type: z.string().nullish(),
    tags: outsideList(z.object({ name: z.string() })).nullish(),
  }),
)
  .nullable()
  .transform((artifacts) => artifacts ?? []);

/**
 * Harbor from 2.0 on: the artifacts of a repository, with their tags, page by page. It takes the login of the registry as a password.
 *
 * @see https://github.com/goharbor/harbor/blob/v2.12.0/api/v2.0/swagger.yaml (`listArtifacts`)
 */
export const harbor: DigestLister = {
  isAt: ({ tokenService }) => tokenService === 'harbor-registry',
  async *pages({ repository, signal }: DigestQuestion, { session, credentials }: DigestDeps) {
    const slash = repository.indexOf('/');
    if (slash < 0) return;
    const project = encodeURIComponent(repository.slice(0, slash));
    // Its router decodes a path once before it matches it: https://github.com/goharbor/harbor/issues/12100
    const name = encodeURIComponent(encodeURIComponent(repository.slice(slash + 1)));
    const login = await credentials.get({ repository, signal });
    const authorization =
      login === undefined || login.isIdentityToken
        ? undefined
        : `Basic ${Buffer.from(`${login.username}:${login.secret.reveal()}`).toString('base64')}`;
    for (let page = 1; ; page += 1) {
      const query = `q=tags%3D*&with_tag=true&page=${page}&page_size=${PAGE_SIZE}`;
      const artifacts = await askWebApi(session, {
        path: `/api/v2.0/projects/${project}/repositories/${name}/artifacts?${query}`,
        authorization,
        schema: pageSchema,
        repository,
        signal,
      });
      yield tagDigests(
        artifacts.flatMap(({ digest, manifest_media_type, tags }) =>
          (tags ?? []).map((tag) => ({ tag: tag.name, digest, isIndex: isIndexType(manifest_media_type) })),
        ),
      );
      if (artifacts.length < PAGE_SIZE) return;
    }
  },
};
