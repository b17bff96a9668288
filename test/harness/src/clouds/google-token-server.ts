import { type CloudServer, startCloudServer } from './cloud-server.ts';

export interface GoogleTokenServer extends CloudServer {
  /** The access tokens given out, oldest first. */
  readonly tokens: readonly string[];
  /** Answers every request from here on with this status. */
  refuse(status: number): void;
}

/**
 * Google's token endpoints: `POST /token` for the signed assertion of a service account's key, and the exchange of a
 * foreign token of workload identity federation at `POST /sts`.
 *
 * @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 * @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
export async function startGoogleTokenServer(): Promise<GoogleTokenServer> {
  const tokens: string[] = [];
  let refusal: number | undefined;
  const server = await startCloudServer(({ path, body }) => {
    if (refusal !== undefined) return { status: refusal, body: { error: 'invalid_grant' } };
    const form = new URLSearchParams(body);
    const isExchange = path === '/sts' && form.get('subject_token') !== null;
    const isAssertion = path === '/token' && (form.get('assertion') ?? '').split('.').length === 3;
    if (!isExchange && !isAssertion) return { status: 400, body: { error: 'invalid_request' } };
    const token = `${isExchange ? 'federated' : 'service-account'}-token-${tokens.length + 1}`;
    tokens.push(token);
    return { status: 200, body: { access_token: token, expires_in: 3600, token_type: 'Bearer' } };
  });
  return {
    ...server,
    tokens,
    refuse(status) {
      refusal = status;
    },
  };
}
