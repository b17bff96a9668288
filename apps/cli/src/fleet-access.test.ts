import { parseConfig } from '@regfleet/config';
import { describe, expect, it } from 'vitest';
import { configFile } from './config-file.ts';
import type { CommandContext } from './context.ts';
import { type RedisAddress, redisAddress } from './fleet-access.ts';

function addressWith(env: Record<string, string>, redis?: string): RedisAddress | undefined {
  const { config } = parseConfig('redis: {url: redis://config.test, password-file: /file}\ntasks: []', {
    file: 'config.yaml',
    env: {},
  });
  if (config === undefined) throw new TypeError('not a config');
  const terminal = { env } as unknown as CommandContext['terminal'];
  const context: CommandContext = {
    terminal,
    options: () => ({ json: false, ...(redis !== undefined && { redis }) }),
    finish: () => undefined,
  };
  return redisAddress(context, config);
}

describe('cli/fleet-access', () => {
  it('takes an empty variable for one that is not set', () => {
    expect(addressWith({ REGFLEET_REDIS_URL: 'redis://env.test' })?.url).toBe('redis://env.test');
    expect(addressWith({ REGFLEET_REDIS_URL: '' })?.url).toBe('redis://config.test');
    expect(configFile(undefined, { REGFLEET_CONFIG: 'other.yaml' })).toBe('other.yaml');
    expect(configFile(undefined, { REGFLEET_CONFIG: '' })).toBe('config.yaml');
  });

  it('takes an empty flag for a mistake', () => {
    expect(addressWith({ REGFLEET_REDIS_URL: 'redis://env.test' }, '')?.url).toBe('');
    expect(() => configFile('', { REGFLEET_CONFIG: 'other.yaml' })).toThrow('-c is empty');
  });

  it('gives a login of the config to no other URL', () => {
    expect(addressWith({})?.access).toEqual({ passwordFile: '/file' });
    expect(addressWith({ REGFLEET_REDIS_URL: 'redis://env.test' })?.access).toBeUndefined();
    expect(addressWith({}, 'redis://flag.test')?.access).toBeUndefined();
  });
});
