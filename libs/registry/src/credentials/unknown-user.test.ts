import { describe, expect, it, vi } from 'vitest';
import { authFilePaths } from './docker-config/paths.ts';
import { homeFolder } from './home-folder.ts';

// As Node does where neither HOME nor the user database names a folder: under `docker run --user 12345`, `setpriv`, `env -i`.
vi.mock('node:os', async (load) => ({
  ...(await load<typeof import('node:os')>()),
  homedir: () => {
    throw new Error('A system error occurred: uv_os_homedir returned ENOENT (no such file or directory)');
  },
}));

describe('registry/credentials/unknown-user', () => {
  it('has no home folder, unless the environment names one', () => {
    expect(homeFolder({})).toBeUndefined();
    expect(homeFolder({ HOME: '/tmp' })).toBe('/tmp');
  });

  it('finds logins outside of a home folder', () => {
    expect(authFilePaths({ XDG_RUNTIME_DIR: '/r' })).toEqual(['/r/containers/auth.json']);
    expect(authFilePaths({ XDG_RUNTIME_DIR: '/r', DOCKER_CONFIG: '/d' })).toEqual([
      '/r/containers/auth.json',
      '/d/config.json',
    ]);
  });
});
