import { parseJson, SyncError } from '@regfleet/model';
import type { z } from 'zod';
import type { RegistryRequest, Session } from '../session/session.ts';
import { ListBounds } from './list-bounds.ts';
import { nextPage, PageTrail } from './paging.ts';

export interface Listing {
  /** Its path is without paging parameters. */
  readonly request: Omit<RegistryRequest, 'method' | 'expects'>;
  /** Tried in this order while the registry refuses the page size; `undefined`: without one. */
  readonly pageSizes: readonly (number | undefined)[];
  readonly schema: z.ZodType<readonly string[]>;
}

// Registries that do not page send all names of a repository at once; 100,000 tags are about 5 MiB.
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/** Refusals of a page size: distribution answers 400, Quay 413, others 405, 416 or 422. */
const REFUSALS: readonly number[] = [400, 405, 413, 416, 422];

/** Names page by page; nothing but the current page is held. */
export async function* listPages(session: Session, listing: Listing): AsyncIterable<readonly string[]> {
  const trail = new PageTrail(session.registry);
  const { action, reference } = listing.request;
  const { maxNames } = session.endpoint.transport.settings.limits;
  const bounds = new ListBounds(`cannot ${action} ${reference}: the list`, {
    registry: session.registry,
    reference,
    maxNames,
  });
  let page: Page | undefined = await firstPage(session, listing);
  let before: Page | undefined;
  let last: string | undefined;
  while (page !== undefined) {
    const { names, size, path, waitedMs }: Page = page;
    bounds.add({ names, waitedMs });
    trail.add(path);
    if (before !== undefined && isSame(page, before)) {
      if (before.query !== undefined) throw invalid(session, listing, 'does not say how it goes on');
      return;
    }
    last = names.at(-1) ?? last;
    yield names;
    const next = nextPath(page, listing, last);
    before = page;
    page =
      next === undefined ? undefined : await readPage(session, listing, { path: next, size, refusals: [] });
  }
}

interface Page {
  readonly names: readonly string[];
  /** Of the link to the next page; empty: the link has none; absent: there is no such link. */
  readonly query: string | undefined;
  readonly size: number | undefined;
  /** By which it was asked for. */
  readonly path: string;
  /** How long the registry took. */
  readonly waitedMs: number;
}

/** A registry that does not know how it was asked to go on sends the same page again. */
const isSame = ({ names }: Page, before: Page): boolean =>
  names.length > 0 &&
  names.length === before.names.length &&
  names.every((name, index) => name === before.names[index]);

interface PageQuestion {
  readonly path: string;
  readonly size: number | undefined;
  /** Statuses besides 200 that are no errors. */
  readonly refusals: readonly number[];
}

async function firstPage(session: Session, listing: Listing): Promise<Page | undefined> {
  const [size, ...smaller] = listing.pageSizes;
  const path = withQuery(listing.request.path, { n: size });
  const refusals = smaller.length === 0 ? [] : REFUSALS;
  const page = await readPage(session, listing, { path, size, refusals });
  if (page !== undefined || smaller.length === 0) return page;
  return await firstPage(session, { ...listing, pageSizes: smaller });
}

/**
 * Where the next page is; absent: there is none.
 *
 * Always at the path of the list itself: what a link names besides its query may be inside of a proxy, or another server's to
 * whom the registry has redirected. Where a link has lost its query, the last name says how to go on. A page that is exactly
 * full and names no next one may still not be the last: some registries know only `last`.
 */
function nextPath(
  { names, size, query }: Page,
  { request: { path } }: Listing,
  last: string | undefined,
): string | undefined {
  if (query) return `${path}?${query}`;
  if (query === undefined && (size === undefined || names.length !== size)) return undefined;
  return withQuery(path, { n: size, last });
}

function withQuery(path: string, params: Readonly<Record<string, number | string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query}`;
}

/** Absent: refused. */
async function readPage(
  session: Session,
  listing: Listing,
  { path, size, refusals }: PageQuestion,
): Promise<Page | undefined> {
  const request = { ...listing.request, path, method: 'GET' as const, expects: [200, ...refusals] };
  const sinceMs = performance.now();
  const { answer, bytes } = await session.read(request, MAX_PAGE_BYTES);
  const waitedMs = performance.now() - sinceMs;
  if (answer.status !== 200) return undefined;
  const names = listing.schema.safeParse(parseJson(bytes.toString('utf8')));
  if (!names.success) throw invalid(session, listing, 'is not a list');
  const next = nextPage(answer.headers.link);
  if (next !== undefined && leadsElsewhere(next.target, answer.url))
    session.findings.note({ kind: 'pages-elsewhere' });
  return { names: names.data.map(boundedName), query: next?.query, size, path, waitedMs };
}

function leadsElsewhere(target: string, from: URL): boolean {
  const url = URL.parse(target, from.href);
  return url?.host !== from.host || url.pathname !== from.pathname;
}

// More than any name may have, so that those who know the names still see that it is none.
const MAX_NAME_LENGTH = 300;

/** A part of a text keeps the whole of it in memory, unless it is copied. */
const boundedName = (name: string): string =>
  name.length <= MAX_NAME_LENGTH ? name : structuredClone(name.slice(0, MAX_NAME_LENGTH));

function invalid(session: Session, { request: { action, reference } }: Listing, why: string): SyncError {
  return new SyncError('RESPONSE_INVALID', {
    message: `cannot ${action} ${reference}: the answer of ${session.registry} ${why}`,
    hint: 'is it a registry that answers, and is no proxy changing or cutting its answers?',
    reference,
    registry: session.registry,
    httpStatus: 200,
  });
}
