import type { Credentials, Location } from '@regfleet/model';
import type { RepositoryCreator } from '../contract.ts';
import { anonymous } from './anonymous.ts';
import { azure } from './azure.ts';
import { basic } from './basic.ts';
import type { CredentialSource } from './contract.ts';
import type { CredentialDeps } from './deps.ts';
import { dockerConfig } from './docker-config/index.ts';
import { ecrAmbient, ecrConfigured } from './ecr/provider.ts';
import { google } from './google.ts';
import { passwordFile } from './password-file.ts';
import type { CredentialProvider, OpenProvider } from './provider.ts';

/** In the order in which they are asked: what the operator wrote first, then files of logins, then cloud identities. */
export const credentialProviders: readonly CredentialProvider[] = [
  ecrConfigured,
  anonymous,
  basic,
  passwordFile,
  dockerConfig,
  ecrAmbient,
  google,
  azure,
];

/** The credentials of one location, by the first provider that applies and holds something; absent: anonymous. */
export function createCredentialSource(location: Location, deps: CredentialDeps): CredentialSource {
  const chain = chainOf(location, deps);
  const ask = async (signal: AbortSignal | undefined): Promise<Answer | undefined> => {
    for (const { name, provider } of chain) {
      const credentials = await provider.get(signal);
      if (credentials !== undefined) return { name, credentials };
    }
    return undefined;
  };
  return {
    get: async ({ signal } = {}) => (await ask(signal))?.credentials,
    provider: async ({ signal } = {}) => (await ask(signal))?.name ?? 'anonymous',
    forget() {
      for (const { provider } of chain) provider.forget?.();
    },
  };
}

/** Absent: the registry makes repositories by itself when an image is pushed. */
export function repositoryCreator(
  location: Location,
  deps: Pick<CredentialDeps, 'clouds' | 'logger' | 'now'>,
): RepositoryCreator | undefined {
  const account = deps.clouds.ecr.of(location);
  return account && deps.clouds.repositoryCreator(account, deps);
}

interface Answer {
  readonly name: string;
  readonly credentials: Credentials;
}

interface ChainLink {
  readonly name: string;
  readonly provider: OpenProvider;
}

function chainOf(location: Location, deps: CredentialDeps): readonly ChainLink[] {
  return credentialProviders
    .filter((provider) => provider.appliesTo(location))
    .map((provider) => ({ name: provider.name, provider: provider.open(location, deps) }));
}
