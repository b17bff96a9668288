import type { Location } from '@regfleet/model';
import { registryHost } from '../registry-host.ts';

/** Where the API of an ECR registry is asked, and for which account. */
export type EcrEndpoint =
  | { readonly kind: 'private'; readonly host: string; readonly account: string; readonly region: string }
  | {
      readonly kind: 'public';
      readonly host: string;
      /** Absent: images are read anonymously, nobody logs in. */
      readonly account?: string;
      readonly region: string;
    };

// Commercial, GovCloud and China hosts, FIPS and dual-stack ones:
// https://github.com/awslabs/amazon-ecr-credential-helper/blob/main/ecr-login/api/client.go
const PRIVATE =
  /^(\d+)\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/;

const PUBLIC_HOST = 'public.ecr.aws';

// The API of public ECR answers in this region: https://docs.aws.amazon.com/general/latest/gr/ecr-public.html
const PUBLIC_REGION = 'us-east-1';

/** Absent: not an ECR registry. A host with a port is none. */
export function ecrEndpoint(location: Location): EcrEndpoint | undefined {
  const host = registryHost(location.registry);
  const [, account, region] = PRIVATE.exec(host) ?? [];
  if (account !== undefined && region !== undefined) return { kind: 'private', host, account, region };
  if (host !== PUBLIC_HOST) return undefined;
  const { account: publicAccount, region: publicRegion = PUBLIC_REGION } = location.ecrPublic ?? {};
  return { kind: 'public', host, region: publicRegion, ...(publicAccount && { account: publicAccount }) };
}
