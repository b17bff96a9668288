import { SyncError } from '@regfleet/model';

const LINK = /<([^>]*)>((?:\s*;\s*[^\s=;,"]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]+))?)*)/g;
const RELATION = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;

/** The target of the `next` link of a `Link` header; absent: there is none. @see https://www.rfc-editor.org/rfc/rfc8288 */
export function nextLink(header: string | undefined): string | undefined {
  for (const [, target, params = ''] of (header ?? '').matchAll(LINK)) {
    const [, quoted, bare = ''] = RELATION.exec(params) ?? [];
    if ((quoted ?? bare).toLowerCase().split(/\s+/).includes('next')) return target;
  }
  return undefined;
}

/**
 * A URL that a registry gave us for its own API, as path and query; absent: it is on another host.
 *
 * Registries behind a proxy that ends TLS may call themselves http:// and by another port; that is not another place.
 */
export function ownPath(target: string, base: URL): string | undefined {
  if (!URL.canParse(target, base.href)) return undefined;
  const url = new URL(target, base);
  const isOwn =
    url.hostname === base.hostname &&
    (url.port === base.port || url.port === '' || url.protocol !== base.protocol);
  return isOwn ? `${url.pathname}${url.search}` : undefined;
}

/** Follows pages to their end, and notices when they go in circles. */
export class PageTrail {
  readonly #seen = new Set<string>();
  readonly #registry: string;

  constructor(registry: string) {
    this.#registry = registry;
  }

  /**
   * The path of the page that a `Link` header leads to; absent: it was the last.
   *
   * @throws {SyncError} `RESPONSE_INVALID` on a link to another host, or to a page that was read already.
   */
  next(header: string | undefined, base: URL): string | undefined {
    const link = nextLink(header);
    if (link === undefined) return undefined;
    const path = ownPath(link, base);
    if (path === undefined) throw this.#invalid('to another host');
    this.#seen.add(`${base.pathname}${base.search}`);
    if (this.#seen.has(path)) throw this.#invalid('in circles');
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
