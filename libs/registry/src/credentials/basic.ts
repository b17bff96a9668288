import type { CredentialProvider } from './provider.ts';

/** User and password from the config; both empty mean anonymous, as in dregsy. */
export const basic: CredentialProvider = {
  name: 'auth',
  appliesTo: ({ auth }) => auth.kind === 'basic',
  open({ auth }) {
    const credentials =
      auth.kind === 'basic' && (auth.username !== '' || auth.password.reveal() !== '')
        ? { username: auth.username, secret: auth.password }
        : undefined;
    return { get: async () => credentials };
  },
};
