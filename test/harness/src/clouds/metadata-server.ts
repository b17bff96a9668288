import { type CloudServer, startCloudServer } from './cloud-server.ts';

export interface MetadataServer extends CloudServer {
  /** The access tokens given out, oldest first. */
  readonly tokens: readonly string[];
}

/**
 * The part of Google's metadata server that gives the attached service account's tokens, for `GCE_METADATA_HOST`.
 *
 * @param options.hasServiceAccount - default true; false answers 404, as on a machine without one.
 * @see https://cloud.google.com/compute/docs/access/authenticate-workloads#curl
 */
export async function startMetadataServer(
  options: { readonly tokenLifetimeSeconds?: number; readonly hasServiceAccount?: boolean } = {},
): Promise<MetadataServer> {
  const tokens: string[] = [];
  const headers = { 'metadata-flavor': 'Google' };
  const server = await startCloudServer(({ path, headers: sent }) => {
    if (sent['metadata-flavor'] !== 'Google') return { status: 403, body: 'no Metadata-Flavor', headers };
    if (!path.endsWith('/service-accounts/default/token')) return { status: 200, body: 'default/', headers };
    if (options.hasServiceAccount === false) return { status: 404, body: 'not found', headers };
    const token = `metadata-token-${tokens.length + 1}`;
    tokens.push(token);
    const body = {
      access_token: token,
      expires_in: options.tokenLifetimeSeconds ?? 3599,
      token_type: 'Bearer',
    };
    return { status: 200, body, headers };
  });
  return { ...server, tokens };
}
