/** Host and port of a registry as operators write it, without the path that may follow; lower case. */
export function registryHost(registry: string): string {
  const slash = registry.indexOf('/');
  return (slash < 0 ? registry : registry.slice(0, slash)).toLowerCase();
}

/** The path an operator wrote behind the host, without slashes around it; empty when there is none. */
export function registryPath(registry: string): string {
  const slash = registry.indexOf('/');
  return slash < 0 ? '' : registry.slice(slash).replace(/^\/+|\/+$/g, '');
}

// The names under which docker, podman and skopeo know Docker Hub.
const DOCKER_HUB_HOSTS: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

export const isDockerHub = (host: string): boolean => DOCKER_HUB_HOSTS.includes(host);

/** `host` under all its names: Docker Hub has several. */
export const hostAliases = (host: string): readonly string[] =>
  isDockerHub(host) ? [host, ...DOCKER_HUB_HOSTS.filter((alias) => alias !== host)] : [host];
