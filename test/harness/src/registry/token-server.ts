import type { IncomingMessage } from 'node:http';
import { type HttpServer, startHttpServer } from '../servers/http-server.ts';
import { certificateAuthority } from './certificate-authority.ts';
import type { UsernamePassword } from './endpoint.ts';
import { readBytes } from './http-client.ts';
import type { TokenAuthority } from './registry-config.ts';
import { type GrantedAccess, signToken } from './token.ts';

export interface TokenUser extends UsernamePassword {
  /** Repositories it may use; absent: all. */
  readonly repositories?: RegExp;
  /** Default: all (`*`). */
  readonly actions?: readonly string[];
}

export interface TokenServerOptions {
  /** The first is what a registry that uses this server gives as its `credentials`. */
  readonly users: readonly TokenUser[];
  readonly expiresInSeconds: number;
  /** What clients without credentials may do; absent: nothing, they are refused. */
  readonly anonymousActions?: readonly string[];
  readonly tls?: boolean;
}

/** A request for a token, as it was answered. */
export interface TokenRequest {
  readonly method: string;
  /** Empty: anonymous. */
  readonly account: string;
  readonly scopes: readonly string[];
  readonly status: number;
  readonly granted: readonly GrantedAccess[];
}

export interface TokenServer extends HttpServer, TokenAuthority {
  readonly users: readonly TokenUser[];
  /** Oldest first. */
  readonly requests: readonly TokenRequest[];
  /** The OAuth2 refresh token (docker's identity token) of a user. */
  identityToken(username: string): string;
}

/**
 * A token server in this process whose tokens docker-registry accepts.
 *
 * `GET /token` with basic auth, and OAuth2's `POST /token` with `password` or `refresh_token`.
 *
 * @see https://github.com/distribution/distribution/blob/v2.8.2/docs/spec/auth/token.md
 * @see https://github.com/distribution/distribution/blob/v2.8.2/docs/spec/auth/oauth.md
 */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const authority = await certificateAuthority();
  const requests: TokenRequest[] = [];
  const identity = { service: 'regfleet-test-registry', issuer: 'regfleet-test-tokens' };
  const answer = async (request: IncomingMessage): Promise<{ status: number; body: object }> => {
    const asked = await parseTokenRequest(request);
    const user = options.users.find((candidate) => isUser(candidate, asked));
    const isAnonymous = asked.username === '' && asked.refreshToken === '' && options.anonymousActions;
    const status = user === undefined && !isAnonymous ? 401 : 200;
    const granted = status === 200 ? asked.scopes.flatMap((scope) => grant(scope, user, options)) : [];
    const account = user?.username ?? asked.username;
    requests.push({ method: request.method ?? '', account, scopes: asked.scopes, status, granted });
    if (status === 401) return { status, body: { errors: [{ code: 'UNAUTHORIZED', message: 'refused' }] } };
    const { expiresInSeconds } = options;
    const token = signToken({ ...identity, account, expiresInSeconds, access: granted }, authority.server);
    const refresh = asked.wantsRefreshToken && user && { refresh_token: refreshToken(user.username) };
    const body = { token, access_token: token, expires_in: expiresInSeconds, ...refresh };
    return { status, body: { ...body, issued_at: new Date().toISOString() } };
  };
  const server = await startHttpServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }, options);
  return {
    ...server,
    ...identity,
    realm: `${server.url}/token`,
    certificate: authority.ca,
    users: options.users,
    requests,
    identityToken: refreshToken,
  };
}

interface AskedToken extends UsernamePassword {
  readonly refreshToken: string;
  readonly wantsRefreshToken: boolean;
  readonly scopes: readonly string[];
}

async function parseTokenRequest(request: IncomingMessage): Promise<AskedToken> {
  const isForm = request.method === 'POST';
  const form = Buffer.from(await readBytes(request)).toString();
  const query = isForm ? new URLSearchParams(form) : new URL(request.url ?? '', 'http://server').searchParams;
  const basic = Buffer.from(
    request.headers.authorization?.replace(/^basic /i, '') ?? '',
    'base64',
  ).toString();
  const colon = basic.indexOf(':');
  return {
    username: isForm ? (query.get('username') ?? '') : basic.slice(0, Math.max(colon, 0)),
    password: isForm ? (query.get('password') ?? '') : basic.slice(colon + 1),
    refreshToken: query.get('refresh_token') ?? '',
    wantsRefreshToken: query.get('offline_token') === 'true' || query.get('access_type') === 'offline',
    scopes: query.getAll('scope').flatMap((scope) => scope.split(' ')),
  };
}

const refreshToken = (username: string): string => `refresh-${username}`;

const isUser = (user: TokenUser, asked: AskedToken): boolean =>
  asked.refreshToken === refreshToken(user.username) ||
  (asked.username === user.username && asked.password === user.password);

/** What of a scope `type:name:action,action` is given; a name may hold colons. */
function grant(scope: string, user: TokenUser | undefined, options: TokenServerOptions): GrantedAccess[] {
  const [, type = '', name = '', wanted = ''] = /^([^:]+):(.+):([^:]*)$/.exec(scope) ?? [];
  if (user?.repositories !== undefined && type === 'repository' && !user.repositories.test(name)) return [];
  const allowed = user === undefined ? (options.anonymousActions ?? []) : (user.actions ?? ['*']);
  const actions = wanted.split(',').filter((action) => allowed.includes('*') || allowed.includes(action));
  return actions.length === 0 ? [] : [{ type, name, actions }];
}
