import { createHash } from 'node:crypto';
import { SyncError } from '@regfleet/model';

// Linear, which is why a target ends at the next one's beginning.
const LINK = /<([^<>]*)>((?:\s*;\s*[^\s=;,"]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]+))?)*)/g;
// Some registries leave the brackets out.
const BARE_LINK = /^\s*([^\s<>;,]+)([^<>]*)$/;
const RELATION = /;\s*rel\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;,"]+))/i;

export interface NextPage {
  /** Empty: the link has none. */
  readonly query: string;
  /** What the link names as a whole. */
  readonly target: string;
}

/**
 * The `next` link of a `Link` header; absent: there is no such link.
 *
 * Nothing of it but the query can be relied on: behind proxies that add a prefix to paths, or end TLS, registries name hosts and
 * paths where only they are. One with a query that does not say what it is for is taken for the next one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8288
 */
export function nextPage(header: string | undefined): NextPage | undefined {
  const links = linksOf(header ?? '');
  const next = links.find(({ relations }) => relations?.includes('next'));
  const unnamed = links.find(({ relations, target }) => relations === undefined && queryOf(target) !== '');
  const link = next ?? unnamed;
  return link && { query: queryOf(link.target), target: link.target };
}

interface Link {
  readonly target: string;
  /** Absent: it does not say. */
  readonly relations: readonly string[] | undefined;
}

function linksOf(header: string): readonly Link[] {
  const bracketed = [...header.matchAll(LINK)];
  const bare = bracketed.length === 0 ? BARE_LINK.exec(header) : null;
  return [...bracketed, ...(bare === null ? [] : [bare])].map(([, target = '', params = '']) => {
    const [isStated, ...values] = RELATION.exec(params) ?? [];
    const relation = values.find((value) => value !== undefined) ?? '';
    return { target, relations: isStated === undefined ? undefined : relation.toLowerCase().split(/\s+/) };
  });
}

/** What stands between the question mark and a fragment. */
const queryOf = (target: string): string => /\?([^#]*)/.exec(target)?.[1] ?? '';

/** Notices when pages go in circles. */
export class PageTrail {
  /** Short for each page, however long the registry makes its links. */
  readonly #seen = new Set<string>();
  readonly #registry: string;

  constructor(registry: string) {
    this.#registry = registry;
  }

  /** @throws {SyncError} `RESPONSE_INVALID` for a page that was asked for already. */
  add(path: string): void {
    const trace = createHash('sha256').update(path).digest('base64');
    if (this.#seen.has(trace)) {
      throw new SyncError('RESPONSE_INVALID', {
        message: `the pages of a list of ${this.#registry} lead in circles`,
        hint: 'is a proxy in front of the registry rewriting its "Link" headers?',
        registry: this.#registry,
      });
    }
    this.#seen.add(trace);
  }
}
