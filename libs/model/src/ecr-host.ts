/** What the host of an Amazon registry says. */
export type EcrHost =
  | { readonly kind: 'private'; readonly account: string; readonly region: string }
  | { readonly kind: 'public' };

// Commercial, GovCloud and China hosts, FIPS and dual-stack ones:
// https://github.com/awslabs/amazon-ecr-credential-helper/blob/main/ecr-login/api/client.go
const PRIVATE =
  /^(\d+)\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/;

const PUBLIC = 'public.ecr.aws';

/** Undefined when it is no Amazon registry; with a port it is none. */
export function parseEcrHost(host: string): EcrHost | undefined {
  const name = host.toLowerCase();
  if (name === PUBLIC) return { kind: 'public' };
  const [, account, region] = PRIVATE.exec(name) ?? [];
  return account === undefined || region === undefined ? undefined : { kind: 'private', account, region };
}
