import type { AwsIdentity } from '@regfleet/model';
import type { Environment } from '../../http/proxy.ts';
import { homeFolder } from '../home-folder.ts';
import { awsRequestHandler } from './request-handler.ts';

/** Two locations of one identity share clients and tokens; this tells whether they do. */
export const identityKey = (identity: AwsIdentity): string =>
  JSON.stringify([identity.profile ?? '', identity.roleArn ?? '', identity.externalId ?? '']);

/** Whom a client of AWS acts as, and where. */
export interface AwsClient {
  readonly identity: AwsIdentity;
  readonly region: string;
  /** For proxies. */
  readonly env: Environment;
}

/**
 * The settings of an AWS client that acts as `identity` in `region`.
 *
 * Without any part given, the SDK's default chain finds who this process is: environment, shared files, SSO, web
 * identity, container or machine role. Files are read at each resolution, since they rotate.
 */
export async function clientSettings({ identity, region, env }: AwsClient) {
  nameSomeHome();
  const { fromIni, fromNodeProviderChain, fromTemporaryCredentials } = await import(
    '@aws-sdk/credential-providers'
  );
  const { profile, roleArn, externalId } = identity;
  const requestHandler = awsRequestHandler(env);
  const options = { ignoreCache: true, clientConfig: { requestHandler } };
  const own = profile === undefined ? fromNodeProviderChain(options) : fromIni({ ...options, profile });
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
          clientConfig: { region, requestHandler },
        });
  return { region, credentials, maxAttempts: 3, requestHandler };
}

/**
 * The SDK looks for its files in a home folder, used or not, and fails with Node's error where a container runs as somebody whom
 * nobody knows, also where the environment or a web identity would do. Of the variables that it asks, this one is nobody else's here.
 */
function nameSomeHome(): void {
  if (homeFolder(process.env) === undefined) process.env.USERPROFILE ||= '/nonexistent';
}
