import type { Credentials } from '@regfleet/model';

/** Who asks, as messages name it: `as robot by docker-config`. */
export function describeAccount(credentials: Credentials | undefined): string {
  if (credentials === undefined) return 'without an account';
  const { username, provider } = credentials;
  return `as ${username || 'its identity token'}${provider === undefined ? '' : ` by ${provider}`}`;
}
