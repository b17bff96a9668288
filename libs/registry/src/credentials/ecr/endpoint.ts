import { type Location, parseEcrHost } from '@regfleet/model';

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

// The API of public ECR answers in this region: https://docs.aws.amazon.com/general/latest/gr/ecr-public.html
const PUBLIC_REGION = 'us-east-1';

/** Absent: not an ECR registry. A host with a port is none. */
export function ecrEndpoint(location: Location): EcrEndpoint | undefined {
  const { host } = location.registry;
  const ecr = parseEcrHost(host);
  if (ecr === undefined) return undefined;
  if (ecr.kind === 'private') return { ...ecr, host };
  const { account: publicAccount, region: publicRegion = PUBLIC_REGION } = location.ecrPublic ?? {};
  return { kind: 'public', host, region: publicRegion, ...(publicAccount && { account: publicAccount }) };
}
