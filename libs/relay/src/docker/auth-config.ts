import type { Credentials } from '@regfleet/model';

/**
 * What `X-Registry-Auth` is made of; dockerode encodes it as base64url.
 *
 * Anonymous is an empty object: a push without the header is refused.
 *
 * @see https://docs.docker.com/reference/api/engine/version/v1.41/#section/Authentication
 */
export function authConfig(registry: string, credentials: Credentials | undefined): AuthConfig {
  if (credentials === undefined) return {};
  const secret = credentials.secret.reveal();
  if (credentials.isIdentityToken === true) return { serveraddress: registry, identitytoken: secret };
  return { serveraddress: registry, username: credentials.username, password: secret };
}

export interface AuthConfig {
  readonly serveraddress?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}
