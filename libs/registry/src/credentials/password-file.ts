import { Secret, SyncError } from '@regfleet/model';
import type { CredentialProvider } from './provider.ts';
import { providerError } from './provider-error.ts';
import { WatchedFile } from './watched-file.ts';

/** A user from the config with a password from a file that is followed as it changes. */
export const passwordFile: CredentialProvider = {
  name: 'password-file',
  appliesTo: ({ auth }) => auth.kind === 'password-file',
  open({ auth, registry: { text: registry } }) {
    if (auth.kind !== 'password-file') return { get: async () => undefined };
    const { username, passwordFile: path } = auth;
    const file = new WatchedFile(path, withoutLineEnd);
    return {
      async get() {
        const password = await file.read().catch((error: unknown) => {
          throw providerError(error, { provider: 'password-file', registry });
        });
        if (password) return { username, secret: new Secret(password) };
        throw new SyncError('CREDENTIALS_INVALID', {
          message: `password-file of ${username} on ${registry}: ${path} ${password === '' ? 'is empty' : 'does not exist'}`,
          hint: 'is the secret mounted there, and has it been filled?',
          registry,
        });
      },
    };
  },
};

/** Editors and `echo` end a file with one line end that nobody means. */
const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');
