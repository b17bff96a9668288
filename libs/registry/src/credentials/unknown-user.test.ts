import { describe, expect, it } from 'vitest';
import { authFilePaths } from './docker-config/paths.ts';
import { homeFolder } from './home-folder.ts';

// As Node does where neither HOME nor the user database names a folder: under `docker run --user 12345`, `setpriv`, `env -i`.
const unknown = (): string => {
  throw new Error('A system error occurred: uv_os_homedir returned ENOENT (no such file or directory)');
};

describe('registry/credentials/unknown-user', () => {
  it('has no home folder, unless the environment names one', () => {
    expect(homeFolder({}, unknown)).toBeUndefined();
    expect(homeFolder({ HOME: '/tmp' }, unknown)).toBe('/tmp');
  });

  it.each(['', 'relative'])('has none where HOME is %j and the machine says the same', (home) => {
    expect(homeFolder({ HOME: home }, () => home)).toBeUndefined();
  });

  it('finds logins outside of a home folder', () => {
    const paths = (env: Record<string, string>) => authFilePaths(env, () => homeFolder({}, unknown));
    expect(paths({ XDG_RUNTIME_DIR: '/r' })).toEqual(['/r/containers/auth.json']);
    expect(paths({ XDG_RUNTIME_DIR: '/r', DOCKER_CONFIG: '/d' })).toEqual([
      '/r/containers/auth.json',
      '/d/config.json',
    ]);
  });
});
