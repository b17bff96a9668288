import type { AwsIdentity } from '@regfleet/model';

/** Two locations of one identity share clients and tokens; this tells whether they do. */
export const identityKey = (identity: AwsIdentity): string =>
  JSON.stringify([identity.profile ?? '', identity.roleArn ?? '', identity.externalId ?? '']);

/**
 * The settings of an AWS client that acts as `identity` in `region`.
 *
 * Without any part given, the SDK's default chain finds who this process is: environment, shared files, SSO, web
 * identity, container or machine role. Files are read at each resolution, since they rotate.
 */
export async function clientSettings(identity: AwsIdentity, region: string) {
  const { fromIni, fromNodeProviderChain, fromTemporaryCredentials } = await import(
    '@aws-sdk/credential-providers'
  );
  const { profile, roleArn, externalId } = identity;
  const own =
    profile === undefined
      ? fromNodeProviderChain({ ignoreCache: true })
      : fromIni({ ignoreCache: true, profile });
  const credentials =
    roleArn === undefined
      ? own
      : fromTemporaryCredentials({
          masterCredentials: own,
          params: {
            RoleArn: roleArn,
            RoleSessionName: 'regfleet',
            ...(externalId !== undefined && { ExternalId: externalId }),
          },
          clientConfig: { region },
        });
  return { region, credentials, maxAttempts: 3, requestHandler: TIMEOUTS };
}

// Calls of seconds at most; without them a silent endpoint would hold a copy for ever.
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true };
