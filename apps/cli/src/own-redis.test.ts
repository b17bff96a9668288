import { afterEach, describe, expect, it, vi } from 'vitest';
import { ownRedisFolders } from './own-redis.ts';

describe('cli/own-redis', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('keeps the state below the home folder, or where it is told to', async () => {
    vi.stubEnv('HOME', '/home/joe');
    const byDefault = await ownRedisFolders({}, 'config.yaml');
    expect(byDefault.stateDir).toMatch(/^\/home\/joe\/\.local\/state\/regfleet\/[^/]+$/);
    expect(byDefault.noteDir).toBe(byDefault.stateDir);
    const elsewhere = await ownRedisFolders({ XDG_STATE_HOME: '/xdg' }, 'config.yaml', '/state');
    expect(elsewhere.stateDir).toMatch(/^\/state\/[^/]+$/);
    expect(elsewhere.noteDir).toMatch(/^\/xdg\/regfleet\/[^/]+$/);
  });

  it.each(['', 'home'])(
    'takes no folder for a home that HOME="%s" does not name from the root',
    async (home) => {
      vi.stubEnv('HOME', home);
      const folders = ownRedisFolders({ XDG_STATE_HOME: home }, 'config.yaml');
      await expect(folders).rejects.toMatchObject({ code: 'USAGE_INVALID' });
      expect(await ownRedisFolders({}, 'config.yaml', '/state')).toEqual({
        stateDir: expect.stringMatching(/^\/state\//),
      });
    },
  );

  it('does not take an empty --state for the current folder', async () => {
    await expect(ownRedisFolders({}, 'config.yaml', '')).rejects.toMatchObject({
      code: 'USAGE_INVALID',
      message: '--state is empty',
    });
  });
});
