/** The name of a registry, read once from what an operator wrote. */
export interface RegistryName {
  /** Host with optional port, in lower case; Docker Hub by its one name. It is what references, lanes and limits go by. */
  readonly host: string;
  /** What stands behind the host, without slashes around it; empty: nothing. It prefixes plain mappings. */
  readonly path: string;
  /** Host and path, for messages. */
  readonly text: string;
  readonly isDockerHub: boolean;
  /** The host, with its port if it has one, that the registry's API is on. */
  readonly apiHost: string;
}

const DOCKER_HUB = 'docker.io';

// Docker Hub's website has the name; its registry has this one.
const DOCKER_HUB_API = 'registry-1.docker.io';

/** The hosts under which docker, podman and skopeo know Docker Hub, its one name first. */
export const DOCKER_HUB_HOSTS: readonly string[] = [DOCKER_HUB, 'index.docker.io', DOCKER_HUB_API];

/** @param written - `host[:port][/path]`; whether it is well-formed is not looked at. */
export function parseRegistryName(written: string): RegistryName {
  const slash = written.indexOf('/');
  const named = (slash < 0 ? written : written.slice(0, slash)).toLowerCase();
  const isDockerHub = DOCKER_HUB_HOSTS.includes(named);
  const host = isDockerHub ? DOCKER_HUB : named;
  const path = slash < 0 ? '' : written.slice(slash).replace(/^\/+|\/+$/g, '');
  return {
    host,
    path,
    text: path === '' ? host : `${host}/${path}`,
    isDockerHub,
    apiHost: isDockerHub ? DOCKER_HUB_API : named,
  };
}
