// Docker Hub's website has the name; its registry has this one.
const DOCKER_HUB_API = 'registry-1.docker.io';

const DOCKER_HUB: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io']);

/** The host, with its port if it has one, that a registry's API is on. */
export function apiHost(registryHost: string): string {
  return DOCKER_HUB.has(registryHost) ? DOCKER_HUB_API : registryHost;
}
