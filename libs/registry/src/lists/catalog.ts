import { outsideList } from '@regfleet/model';
import { z } from 'zod';
import { CATALOG_SCOPE } from '../auth/scope.ts';
import type { RequestOptions } from '../contract.ts';
import type { Session } from '../session/session.ts';
import { listPages } from './listing.ts';

// What every registry takes: https://github.com/distribution/distribution/blob/v2.8.2/docs/spec/api.md#pagination
const PAGE_SIZE = 100;

const pageSchema = z
  .object({ repositories: outsideList(z.string()).nullable() })
  .transform(({ repositories }) => repositories ?? []);

/** The names of all repositories that the account may see, page by page. @throws {SyncError} `LISTING_UNSUPPORTED` */
export function listRepositories(
  session: Session,
  { signal, pageSize = PAGE_SIZE }: RequestOptions & { pageSize?: number } = {},
): AsyncIterable<readonly string[]> {
  return listPages(session, {
    request: {
      path: '/v2/_catalog',
      scopes: [CATALOG_SCOPE],
      subject: 'catalog',
      action: 'list the repositories of',
      reference: session.registry,
      signal,
    },
    pageSizes: [...new Set([pageSize, Math.min(pageSize, PAGE_SIZE)]), undefined],
    schema: pageSchema,
  });
}
