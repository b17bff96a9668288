import { outsideList } from '@regfleet/model';
import { z } from 'zod';
import type { TagListOptions } from '../contract.ts';
import type { Session } from '../session/session.ts';
import { listPages } from './listing.ts';

// The most that ECR takes; Quay takes 100; without a size a registry pages as it likes.
const PAGE_SIZES = [1000, 100, undefined];

// Go's registries send null for a repository without tags. What has neither tags nor name is something else.
const pageSchema = z
  .object({ name: z.unknown().optional(), tags: outsideList(z.string()).nullish() })
  .refine(({ name, tags }) => name !== undefined || tags !== undefined)
  .transform(({ tags }) => tags ?? []);

/** All tags of a repository, page by page. @param scope - what a token for it has to allow. @throws {SyncError} `REPOSITORY_UNKNOWN` */
export async function* listTags(
  session: Session,
  repository: string,
  scope: string,
  { signal, maxPages = Number.POSITIVE_INFINITY }: TagListOptions = {},
): AsyncIterable<readonly string[]> {
  const pages = listPages(session, {
    request: {
      path: `/v2/${repository}/tags/list`,
      scopes: [scope],
      subject: 'repository',
      action: 'list the tags of',
      reference: `${session.registry}/${repository}`,
      signal,
    },
    pageSizes: PAGE_SIZES,
    schema: pageSchema,
  });
  let count = 0;
  for await (const page of pages) {
    yield page;
    count += 1;
    if (count >= maxPages) return;
  }
}
