import { type CloudServer, startCloudServer } from './cloud-server.ts';
import { unsignedJwt } from './unsigned-jwt.ts';

export interface GithubTokenServer extends CloudServer {
  /** What the job of a workflow is told by its environment. */
  readonly env: Readonly<Record<'ACTIONS_ID_TOKEN_REQUEST_URL' | 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', string>>;
  /** The ID tokens given out, oldest first. */
  readonly tokens: readonly string[];
  /** Answers everything from here on so. */
  answer(status: number, body: object, headers?: Readonly<Record<string, string>>): void;
}

/**
 * The issuer of ID tokens that GitHub has for the jobs of workflows.
 *
 * @see https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
 */
export async function startGithubTokenServer(): Promise<GithubTokenServer> {
  const tokens: string[] = [];
  const requestToken = 'a-token-to-ask-with';
  let fixed: { status: number; body: object; headers?: Readonly<Record<string, string>> } | undefined;
  const server = await startCloudServer(({ method, path, headers, query }) => {
    if (fixed !== undefined) return fixed;
    const isAllowed = headers.authorization === `Bearer ${requestToken}`;
    const isKnown = method === 'GET' && path === '/idtoken' && query.get('api-version') === '2.0';
    if (!isAllowed || !isKnown || !query.has('audience')) return { status: isAllowed ? 404 : 401, body: {} };
    const token = unsignedJwt(tokens.length + 1, 300);
    tokens.push(token);
    return { status: 200, body: { count: token.length, value: token } };
  });
  return {
    ...server,
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${server.url}/idtoken?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    },
    tokens,
    answer(status, body, headers = {}) {
      fixed = { status, body, headers };
    },
  };
}
