import { describe, expect, it } from 'vitest';
import { authFilePaths } from './paths.ts';

describe('registry/credentials/docker-config/paths', () => {
  it('asks the files of podman before the one of docker', () => {
    expect(authFilePaths({ HOME: '/home/a', XDG_RUNTIME_DIR: '/run/user/1' })).toEqual([
      '/run/user/1/containers/auth.json',
      '/home/a/.config/containers/auth.json',
      '/home/a/.docker/config.json',
    ]);
  });

  it('follows the folders that the environment names', () => {
    const env = { HOME: '/h', XDG_RUNTIME_DIR: '/r', XDG_CONFIG_HOME: '/c', DOCKER_CONFIG: '/d' };
    expect(authFilePaths(env)).toEqual([
      '/r/containers/auth.json',
      '/c/containers/auth.json',
      '/d/config.json',
    ]);
  });

  it('asks REGISTRY_AUTH_FILE alone where it is set', () => {
    expect(authFilePaths({ HOME: '/h', REGISTRY_AUTH_FILE: '/secrets/auth.json' })).toEqual([
      '/secrets/auth.json',
    ]);
  });
});
