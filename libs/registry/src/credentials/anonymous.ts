import type { CredentialProvider } from './provider.ts';

/** `auth: none`: nobody logs in, whatever the environment offers. */
export const anonymous: CredentialProvider = {
  name: 'none',
  appliesTo: ({ auth }) => auth.kind === 'anonymous',
  open: () => ({ get: async () => undefined }),
};
