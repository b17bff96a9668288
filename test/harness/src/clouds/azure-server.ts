import { type CloudServer, startCloudServer } from './cloud-server.ts';
import { unsignedJwt } from './unsigned-jwt.ts';

export interface AzureServer extends CloudServer {
  /** The refresh tokens given out, oldest first. */
  readonly refreshTokens: readonly string[];
  /** Answers every exchange from here on with this status. */
  refuse(status: number): void;
}

/**
 * A managed identity (`IDENTITY_ENDPOINT` is `<url>/msi`, as on App Service) and a container registry's exchange of its
 * token for a refresh token (`POST /oauth2/exchange`).
 *
 * @see https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 * @see https://azure.github.io/acr/AAD-OAuth.html#calling-post-oauth2exchange-to-get-an-acr-refresh-token
 */
export async function startAzureServer(
  options: { readonly refreshLifetimeSeconds?: number; readonly tls?: boolean } = {},
): Promise<AzureServer> {
  const refreshTokens: string[] = [];
  let refusal: number | undefined;
  const server = await startCloudServer(({ method, path, headers, body, query }) => {
    if (path === '/msi') {
      if (headers['x-identity-header'] === undefined) return { status: 401, body: {} };
      const expiresOn = String(Math.floor(Date.now() / 1000) + 86_400);
      const resource = query.get('resource') ?? '';
      return {
        status: 200,
        body: { access_token: `entra ${resource}`, expires_on: expiresOn, resource, token_type: 'Bearer' },
      };
    }
    if (refusal !== undefined) return { status: refusal, body: { errors: [{ code: 'UNAUTHORIZED' }] } };
    const form = new URLSearchParams(body);
    const isExchange = method === 'POST' && path === '/oauth2/exchange';
    if (!isExchange || !form.get('access_token')?.startsWith('entra ')) return { status: 400, body: {} };
    const token = unsignedJwt(refreshTokens.length + 1, options.refreshLifetimeSeconds ?? 10_800);
    refreshTokens.push(token);
    return { status: 200, body: { refresh_token: token } };
  }, options);
  return {
    ...server,
    refreshTokens,
    refuse(status) {
      refusal = status;
    },
  };
}
