/** The host and port that a location's `registry` begins with. */
export function registryHost(registry: string): string {
  const slash = registry.indexOf('/');
  return slash < 0 ? registry : registry.slice(0, slash);
}

/** One name per registry: Docker Hub has two that mean the same to docker and skopeo. */
export function canonicalHost(host: string): string {
  const name = host.toLowerCase();
  return name === 'index.docker.io' ? 'docker.io' : name;
}

/** @param one - a host with optional port; so is `other`. */
export const isSameRegistry = (one: string, other: string): boolean =>
  canonicalHost(one) === canonicalHost(other);
