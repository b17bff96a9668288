import { createHash } from 'node:crypto';
import { SyncError } from '@regfleet/model';
import type { Endpoint } from '../http/endpoint.ts';

// Linear, which is why a target ends at the next one's beginning.
const LINK = /<([^<>]*)>((?:\s*;\s*[^\s=;,"]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]+))?)*)/g;
const RELATION = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;

/** The target of the `next` link of a `Link` header; absent: there is none. @see https://www.rfc-editor.org/rfc/rfc8288 */
export function nextLink(header: string | undefined): string | undefined {
  for (const [, target, params = ''] of (header ?? '').matchAll(LINK)) {
    const [, quoted, bare = ''] = RELATION.exec(params) ?? [];
    if ((quoted ?? bare).toLowerCase().split(/\s+/).includes('next')) return target;
  }
  return undefined;
}

/** Follows pages to their end, and notices when they go in circles. */
export class PageTrail {
  /** Short for each page, however long the registry makes its links. */
  readonly #seen = new Set<string>();
  readonly #endpoint: Pick<Endpoint, 'ownPath'>;
  readonly #registry: string;

  constructor(endpoint: Pick<Endpoint, 'ownPath'>, registry: string) {
    this.#endpoint = endpoint;
    this.#registry = registry;
  }

  /**
   * The path of the page that a `next` link of the registry's own answer leads to.
   *
   * @param from - where the answer came from.
   * @throws {SyncError} `RESPONSE_INVALID` on a link to another host, or to a page that was read already.
   */
  next(link: string, from: URL): string {
    const url = URL.canParse(link, from.href) ? new URL(link, from) : undefined;
    const path = url && this.#endpoint.ownPath(url);
    if (path === undefined) throw this.#invalid('to another host');
    this.#seen.add(traceOf(`${from.pathname}${from.search}`));
    if (this.#seen.has(traceOf(path))) throw this.#invalid('in circles');
    return path;
  }

  #invalid(where: string): SyncError {
    return new SyncError('RESPONSE_INVALID', {
      message: `the pages of a list of ${this.#registry} lead ${where}`,
      hint: 'is a proxy in front of the registry rewriting its "Link" headers?',
      registry: this.#registry,
    });
  }
}

const traceOf = (path: string): string => createHash('sha256').update(path).digest('base64');
