/** What part of the distribution API a request is for; `digests`: what vendors have beside it. */
export type PathKind =
  | 'blob'
  | 'catalog'
  | 'digests'
  | 'manifest'
  | 'other'
  | 'ping'
  | 'referrers'
  | 'tags'
  | 'token'
  | 'upload';

export interface LoggedRequest {
  readonly method: string;
  readonly kind: PathKind;
  /** With its query. */
  readonly path: string;
}

const PATHS: readonly (readonly [RegExp, PathKind])[] = [
  [/^\/v2\/?$/, 'ping'],
  [/^\/v2\/_catalog$/, 'catalog'],
  [/^\/v2\/.+\/tags\/list$/, 'tags'],
  [/^\/v2\/.+\/referrers\/[^/]+$/, 'referrers'],
  [/^\/v2\/.+\/manifests\/[^/]+$/, 'manifest'],
  [/^\/v2\/.+\/blobs\/uploads\/[^/]*$/, 'upload'],
  [/^\/v2\/.+\/blobs\/[^/]+$/, 'blob'],
  [/^\/api\/v2\.0\/projects\/[^/]+\/repositories\/[^/]+\/artifacts$/, 'digests'],
  [/^\/api\/v1\/repository\/.+\/tag\/$/, 'digests'],
  [/^(?:\/v2)?\/(?:auth\/)?token$/, 'token'],
];

export function pathKind(path: string): PathKind {
  const [pathname = ''] = path.split('?');
  return PATHS.find(([pattern]) => pattern.test(pathname))?.[1] ?? 'other';
}

/** Which requests are meant; an absent field means any. */
export interface RequestFilter {
  readonly method?: string;
  readonly kind?: PathKind;
  readonly path?: RegExp;
}

export function matchesRequest(request: LoggedRequest, filter: RequestFilter): boolean {
  if (filter.method !== undefined && filter.method !== request.method) return false;
  if (filter.kind !== undefined && filter.kind !== request.kind) return false;
  return filter.path?.test(request.path) ?? true;
}

/** The requests that a server saw. */
export class RequestLog {
  #requests: LoggedRequest[] = [];

  /** Oldest first. */
  get all(): readonly LoggedRequest[] {
    return this.#requests;
  }

  add(method: string, path: string): LoggedRequest {
    const request = { method, path, kind: pathKind(path) };
    this.#requests.push(request);
    return request;
  }

  count(filter: RequestFilter = {}): number {
    return this.#requests.filter((request) => matchesRequest(request, filter)).length;
  }

  /** Counts by `METHOD kind`, e.g. `{ 'HEAD manifest': 2, 'GET tags': 1 }`. */
  summary(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { method, kind } of this.#requests) {
      const key = `${method} ${kind}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  clear(): void {
    this.#requests = [];
  }
}
