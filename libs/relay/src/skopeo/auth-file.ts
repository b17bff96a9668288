import type { Credentials } from '@regfleet/model';

/**
 * The text of an auth file that holds the credentials of one host and nothing else.
 *
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
export function authFile(registry: string, credentials: Credentials): string {
  const secret = credentials.secret.reveal();
  const entry =
    credentials.isIdentityToken === true
      ? { auth: encode(`${credentials.username}:`), identitytoken: secret }
      : { auth: encode(`${credentials.username}:${secret}`) };
  return JSON.stringify({ auths: { [registry]: entry } });
}

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
