import {
  BoundedMap,
  type Digest,
  fallbackTag,
  isIndexMediaType,
  isSyncError,
  MAX_REFERRERS,
  MEDIA_TYPES,
  parseReferrers,
  type Referrer,
  SyncError,
  tooManyReferrers,
} from '@regfleet/model';
import { pullScope } from '../auth/scope.ts';
import type { TargetScopes } from '../auth/target-scopes.ts';
import type { ReferrerList, ReferrerOptions } from '../contract.ts';
import { nextPage, PageTrail } from '../lists/paging.ts';
import type { Manifests } from '../manifests/manifests.ts';
import type { Body, Session } from '../session/session.ts';

// The API comes with a release of the registry.
const NO_API_MS = 60 * 60_000;
const REPOSITORIES_REMEMBERED = 10_000;

const MAX_PAGE_BYTES = 16 * 1024 * 1024;
// 10,000 referrers in pages of ten.
const MAX_PAGES = 1_000;

/** How registries without the API answer: distribution 404, others that they do not know the path or the method. */
const WITHOUT_API: readonly number[] = [400, 404, 405, 406, 410, 501];

interface Question extends ReferrerOptions {
  readonly repository: string;
  readonly subject: Digest;
}

/** Which manifests name another one as their subject: by the registry's API, or by the tag that takes its place. */
export class Referrers {
  readonly #session: Session;
  readonly #manifests: Manifests;
  readonly #scopes: TargetScopes;
  /** Repositories of which the registry has shown that it lists no referrers. */
  readonly #withoutApi: BoundedMap<string, true>;

  constructor(session: Session, manifests: Manifests, scopes: TargetScopes) {
    const { now } = session.endpoint.transport.settings;
    this.#session = session;
    this.#manifests = manifests;
    this.#scopes = scopes;
    this.#withoutApi = new BoundedMap({ limit: REPOSITORIES_REMEMBERED, maxAgeMs: NO_API_MS, now });
  }

  async list(question: Question): Promise<ReferrerList> {
    const { repository, subject, hasFallback = true, isOnlyTag = false } = question;
    const isListed = !isOnlyTag && !this.#withoutApi.get(repository);
    const listed = isListed ? await this.#byApi(question) : undefined;
    if (listed !== undefined) return { from: 'api', referrers: listed };
    const tag = hasFallback ? await this.#byTag(question) : undefined;
    if (tag === undefined) return { from: 'tag', referrers: [] };
    const referrers = isIndexMediaType(tag.mediaType) ? parseReferrers(tag.bytes) : undefined;
    if (referrers === undefined) throw this.#occupied(repository, subject);
    if (referrers.length > MAX_REFERRERS) throw tooManyReferrers(this.#nameOf(repository, subject));
    return { from: 'tag', tag, referrers };
  }

  /** The registry has linked a manifest with its subject itself, so it lists it as well. */
  linked(repository: string): void {
    this.#withoutApi.delete(repository);
  }

  /** Absent: there is no such API. */
  async #byApi(question: Question): Promise<readonly Referrer[] | undefined> {
    const { repository, subject } = question;
    const path = `/v2/${repository}/referrers/${subject}`;
    const trail = new PageTrail(this.#session.registry);
    const found = new Map<Digest, Referrer>();
    let next: string | undefined = path;
    for (let pages = 0; next !== undefined; pages += 1) {
      trail.add(next);
      const page: Page | undefined = await this.#page(next, question, pages === 0);
      if (page === undefined) return undefined;
      for (const referrer of page.referrers) found.set(referrer.digest, referrer);
      if (found.size > MAX_REFERRERS || pages >= MAX_PAGES)
        throw tooManyReferrers(this.#nameOf(repository, subject));
      next = page.query === undefined ? undefined : `${path}?${page.query}`;
    }
    return [...found.values()];
  }

  /** Absent: what answers is no such API, which only the first page can show. */
  async #page(path: string, question: Question, isFirst: boolean): Promise<Page | undefined> {
    const { repository, subject, isTarget, signal } = question;
    const reference = this.#nameOf(repository, subject);
    try {
      const body = await this.#session.read(
        {
          method: 'GET',
          path,
          scopes: [isTarget ? this.#scopes.of(repository) : pullScope(repository)],
          subject: 'manifest',
          action: 'list the referrers of',
          reference,
          headers: { accept: MEDIA_TYPES.ociIndex },
          signal,
          expects: isFirst ? [200, ...WITHOUT_API] : [200],
        },
        MAX_PAGE_BYTES,
      );
      const page = pageOf(body);
      if (page !== undefined) return page;
      if (!isFirst) throw this.#unreadable(reference);
      // What is not there yet tells nothing of what the registry can do.
      if (!/NAME_UNKNOWN/.test(body.bytes.toString())) this.#withoutApi.set(repository, true);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isFirst || !isNoList(error)) throw error;
      this.#withoutApi.set(repository, true);
    }
    return undefined;
  }

  async #byTag({ repository, subject, isTarget, signal }: Question) {
    const scope = isTarget ? this.#scopes.of(repository) : pullScope(repository);
    try {
      return await this.#manifests.get(repository, fallbackTag(subject), { signal, scope });
    } catch (error) {
      signal?.throwIfAborted();
      if (isSyncError(error) && MISSING.has(error.code)) return undefined;
      throw error;
    }
  }

  #nameOf(repository: string, subject: Digest): string {
    return `${this.#session.registry}/${repository}@${subject}`;
  }

  #unreadable(reference: string): SyncError {
    return new SyncError('RESPONSE_INVALID', {
      message: `cannot list the referrers of ${reference}: a page of ${this.#session.registry} is no list of them`,
      hint: 'is it a registry that answers, and is no proxy changing or cutting its answers?',
      reference,
      registry: this.#session.registry,
      httpStatus: 200,
    });
  }

  #occupied(repository: string, subject: Digest): SyncError {
    const reference = `${this.#session.registry}/${repository}:${fallbackTag(subject)}`;
    return new SyncError('TARGET_CONFLICT', {
      message: `${reference} is where the referrers of ${subject} have to be listed, and it is something else`,
      hint: 'the tag is left as it is: remove it if it is not needed, or do without referrers for this image',
      reference,
      registry: this.#session.registry,
    });
  }
}

interface Page {
  readonly referrers: readonly Referrer[];
  /** Of the link to the next page; absent: this is the last. */
  readonly query: string | undefined;
}

function pageOf({ answer, bytes }: Body): Page | undefined {
  const referrers = answer.status === 200 ? parseReferrers(bytes) : undefined;
  return referrers && { referrers, query: nextPage(answer.headers.link)?.query || undefined };
}

const MISSING: ReadonlySet<string> = new Set(['MANIFEST_UNKNOWN', 'REPOSITORY_UNKNOWN']);

/** A web page, or errors with a status of success: what servers say of a path that they do not know. */
const isNoList = (error: unknown): boolean =>
  isSyncError(error) &&
  (error.code === 'REDIRECT_REFUSED' || (error.httpStatus === 200 && error.kind === 'permanent'));
