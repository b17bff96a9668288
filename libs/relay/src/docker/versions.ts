/** The newest API version whose behaviour the relay knows; 1.46 lets a push name its platform. */
const NEWEST_KNOWN = '1.46';

/** The version to speak with a daemon: the newest that both know, or its oldest where it has left ours behind. */
export function negotiateVersion(daemon: { newest: string; oldest: string }): string {
  if (isAtLeast(NEWEST_KNOWN, daemon.newest)) return daemon.newest;
  return isAtLeast(NEWEST_KNOWN, daemon.oldest) ? NEWEST_KNOWN : daemon.oldest;
}

/** @see https://docs.docker.com/reference/api/engine/version-history/#v146-api-changes */
export const takesPushPlatform = (version: string): boolean => isAtLeast(version, '1.46');

function isAtLeast(version: string, other: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major === otherMajor ? minor >= otherMinor : major > otherMajor;
}
