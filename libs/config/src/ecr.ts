/** What the name of an Amazon registry says. */
export interface EcrRegistry {
  /** As images are named: without the account of a public registry. */
  readonly registry: string;
  /** `account[:region]` before a public registry. */
  readonly publicAccount?: { readonly account: string; readonly region?: string };
}

const PRIVATE = /^[^./:]+\.dkr\.ecr\.[^./:]+\.amazonaws\.com(?:\.cn)?$/;
const PUBLIC = /^(?:([^@:/]+)(?::([^@:/]+))?@)?(public\.ecr\.aws)$/;

/** Undefined when it is no Amazon registry; with a port or a path it is none. */
export function parseEcrRegistry(registry: string): EcrRegistry | undefined {
  if (PRIVATE.test(registry)) return { registry };
  const [, account, region, host] = PUBLIC.exec(registry) ?? [];
  if (host === undefined) return undefined;
  if (account === undefined) return { registry: host };
  return { registry: host, publicAccount: { account, ...(region !== undefined && { region }) } };
}
