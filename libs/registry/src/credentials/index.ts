import { type Location, unlessAborted } from '@regfleet/model';
import type { RepositoryCreator } from '../contract.ts';
import { anonymous } from './anonymous.ts';
import { azure } from './azure.ts';
import { basic } from './basic.ts';
import type { CredentialSource } from './contract.ts';
import type { CredentialDeps } from './deps.ts';
import { dockerConfig } from './docker-config/index.ts';
import { ecrAmbient, ecrConfigured } from './ecr/provider.ts';
import { github } from './github.ts';
import { google } from './google.ts';
import { passwordFile } from './password-file.ts';
import type { CredentialProvider, OpenProvider } from './provider.ts';

/** In the order in which they are asked: what the operator wrote first, then files of logins, then cloud identities. */
export const credentialProviders: readonly CredentialProvider[] = [
  ecrConfigured,
  anonymous,
  basic,
  passwordFile,
  github,
  dockerConfig,
  ecrAmbient,
  google,
  azure,
];

/** The credentials of one location, by the first provider that applies and holds something; absent: anonymous. */
export function createCredentialSource(location: Location, deps: CredentialDeps): CredentialSource {
  const chain = chainOf(location, deps);
  return {
    async get(context = {}) {
      for (const { name, provider } of chain) {
        // A file that hangs heeds no signal.
        const credentials = await unlessAborted(provider.get(context), context.signal);
        if (credentials !== undefined) return { ...credentials, provider: name };
      }
      return undefined;
    },
    forget(refused) {
      for (const { provider } of chain) provider.forget?.(refused);
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

interface ChainLink {
  readonly name: string;
  readonly provider: OpenProvider;
}

function chainOf(location: Location, deps: CredentialDeps): readonly ChainLink[] {
  return credentialProviders
    .filter((provider) => provider.appliesTo(location))
    .map((provider) => ({ name: provider.name, provider: provider.open(location, deps) }));
}
