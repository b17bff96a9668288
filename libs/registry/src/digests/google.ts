import { isDigest, outsideList, parseJson, SyncError } from '@regfleet/model';
import { z } from 'zod';
import { nextPage, PageTrail } from '../lists/paging.ts';
import type { Body } from '../session/session.ts';
import type { DigestDeps, DigestLister, DigestQuestion } from './digest-lister.ts';
import { isIndexType, tagDigests } from './tag-digest.ts';

// What one manifest comes to in such a list is about 300 bytes.
const MAX_PAGE_BYTES = 64 * 1024 * 1024;
const PAGE_SIZE = 1_000;

const pageSchema = z.object({
  manifest: z.record(
    z.string(),
    z.object({ mediaType: z.string().nullish(), tag: outsideList(z.string()).nullish() }),
  ),
});

const HOST = /^(?:(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev)$/;

/**
 * Artifact Registry and Container Registry: their lists of tags tell the manifests that the tags name as well.
 *
 * @see https://github.com/google/go-containerregistry/blob/v0.20.2/pkg/v1/google/list.go
 */
export const google: DigestLister = {
  isAt: ({ registry }) => HOST.test(registry.host),
  async *pages({ repository, scope, signal }: DigestQuestion, { session }: DigestDeps) {
    const list = `/v2/${repository}/tags/list`;
    const reference = `${session.registry}/${repository}`;
    const trail = new PageTrail(session.registry);
    let query: string | undefined = `n=${PAGE_SIZE}`;
    while (query) {
      const path = `${list}?${query}`;
      trail.add(path);
      const request = {
        method: 'GET' as const,
        path,
        scopes: [scope],
        expects: [200],
        subject: 'repository' as const,
        action: 'list the digests of',
        reference,
        signal,
      };
      const body: Body = await session.read(request, MAX_PAGE_BYTES);
      yield digestsIn(body, reference, session.registry);
      query = nextPage(body.answer.headers.link)?.query;
    }
  },
};

function digestsIn({ bytes }: Body, reference: string, registry: string) {
  const page = pageSchema.safeParse(parseJson(bytes.toString('utf8')));
  if (!page.success) {
    throw new SyncError('RESPONSE_INVALID', {
      message: `cannot list the digests of ${reference}: the list tells no manifests`,
      reference,
      registry,
      httpStatus: 200,
    });
  }
  return tagDigests(
    Object.entries(page.data.manifest)
      .filter(([digest]) => isDigest(digest))
      .flatMap(([digest, { mediaType, tag }]) =>
        (tag ?? []).map((name) => ({ tag: name, digest, isIndex: isIndexType(mediaType) })),
      ),
  );
}
