import { type Credentials, Secret, SyncError } from '@regfleet/model';
import type { AuthEntry, AuthFile } from './schema.ts';

/**
 * What one entry of `auths` holds; absent for the empty entries that docker leaves where a helper keeps the login.
 *
 * @throws {SyncError} `CREDENTIALS_INVALID` where `auth` is not base64 of `user:password`, or all there is is a
 * `registrytoken`.
 */
export function entryCredentials(file: AuthFile, key: string, entry: AuthEntry): Credentials | undefined {
  const login = entry.auth ? decodeAuth(file, key, entry.auth) : plainLogin(entry);
  if (entry.identitytoken) {
    return {
      username: login?.username ?? '',
      secret: new Secret(entry.identitytoken),
      isIdentityToken: true,
    };
  }
  if (login === undefined && entry.registrytoken) {
    throw new SyncError('CREDENTIALS_INVALID', {
      message: `${file.path}: auths["${key}"] holds a registrytoken, which is not used: it cannot be renewed`,
      hint: `log in to ${key} again, with a password or an identity token`,
    });
  }
  return login === undefined ? undefined : { username: login.username, secret: new Secret(login.password) };
}

interface Login {
  readonly username: string;
  readonly password: string;
}

function plainLogin({ username, password }: AuthEntry): Login | undefined {
  return username && password ? { username, password } : undefined;
}

function decodeAuth(file: AuthFile, key: string, auth: string): Login {
  const text = decodeBase64(auth);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon <= 0) {
    throw new SyncError('CREDENTIALS_INVALID', {
      message: `${file.path}: auths["${key}"].auth is not base64 of user:password`,
      hint: `log in to ${key} again`,
    });
  }
  // Old dockers padded the text with NUL bytes.
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
}

function decodeBase64(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/\r\n]+={0,2}[\r\n]*$/.test(text)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    return undefined;
  }
}
