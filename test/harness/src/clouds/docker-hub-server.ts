import { type CloudAnswer, type CloudRequest, type CloudServer, startCloudServer } from './cloud-server.ts';
import { unsignedJwt } from './unsigned-jwt.ts';

interface HubRepository {
  readonly name: string;
  readonly namespace: string;
  /** `image`, `plugin`, ... */
  readonly repository_type: string | null;
}

export interface DockerHubOptions {
  readonly username: string;
  readonly password: string;
  readonly repositories: readonly HubRepository[];
  /** Names in a page, whatever is asked for; default 100. */
  readonly pageSize?: number;
  /** Where the next page is said to be; default: on this server. */
  readonly nextOrigin?: string;
  /** Default one hour. */
  readonly jwtLifetimeSeconds?: number;
  /** What a search finds, official images without `library/`. */
  readonly searchResults?: readonly { readonly name: string; readonly is_official: boolean }[];
}

export interface DockerHubServer extends CloudServer {
  readonly logins: number;
  /** Answers every request from here on with this status and these headers. */
  refuse(status: number, headers?: Readonly<Record<string, string>>): void;
}

/**
 * Docker Hub's web API as far as its repositories of one user go (login, paged list), and the search of the v1 index.
 *
 * @see https://docs.docker.com/reference/api/hub/latest/
 * @see https://github.com/moby/moby/blob/v20.10.24/registry/session.go#L195 for `/v1/search`
 */
export async function startDockerHub(options: DockerHubOptions): Promise<DockerHubServer> {
  let refusal: CloudAnswer | undefined;
  const tokens = new Set<string>();
  const routes: Readonly<Record<string, (request: CloudRequest) => CloudAnswer>> = {
    'POST /v2/users/login/': ({ body }) => {
      if (!isUser(body, options))
        return { status: 401, body: { detail: 'Incorrect authentication credentials' } };
      const token = unsignedJwt(tokens.size + 1, options.jwtLifetimeSeconds ?? 3600);
      tokens.add(token);
      return { status: 200, body: { token } };
    },
    [`GET /v2/repositories/${options.username}/`]: (request) => {
      const token = request.headers.authorization?.replace(/^JWT /, '') ?? '';
      if (!tokens.has(token)) return { status: 401, body: { detail: 'Authentication required' } };
      return { status: 200, body: repositoryPage(request, options) };
    },
    'GET /v1/_ping': () => ({ status: 200, body: {}, headers: { 'x-docker-registry-version': '0.9' } }),
    'GET /v1/search': ({ query }) => {
      const count = Number(query.get('n'));
      if (!(count >= 1 && count <= 100)) return { status: 400, body: 'n must be between 1 and 100' };
      const found = options.searchResults ?? [];
      return { status: 200, body: { num_results: found.length, results: found.slice(0, count) } };
    },
  };
  const server = await startCloudServer(
    (request) =>
      refusal ?? routes[`${request.method} ${request.path}`]?.(request) ?? { status: 404, body: 'not found' },
  );
  return {
    ...server,
    get logins() {
      return tokens.size;
    },
    refuse(status, headers = {}) {
      refusal = { status, body: { detail: 'refused' }, headers };
    },
  };
}

function isUser(body: string, { username, password }: DockerHubOptions): boolean {
  const form = new URLSearchParams(body);
  return form.get('username') === username && form.get('password') === password;
}

function repositoryPage({ query, path, headers }: CloudRequest, options: DockerHubOptions): object {
  const pageSize = Math.min(Number(query.get('page_size') ?? 10), options.pageSize ?? 100);
  const page = Number(query.get('page') ?? 1);
  const results = options.repositories.slice((page - 1) * pageSize, page * pageSize);
  const isLast = page * pageSize >= options.repositories.length;
  const origin = options.nextOrigin ?? `http://${headers.host}`;
  const next = isLast ? null : `${origin}${path}?page=${page + 1}&page_size=${pageSize}`;
  return { count: options.repositories.length, next, previous: null, results };
}
