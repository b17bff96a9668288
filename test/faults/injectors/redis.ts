import type { Injector } from './injector.ts';

export const REDIS_INJECTORS = {
  'Redis killed': async ({ parts }) => {
    const redis = parts.redis.primary();
    await redis.kill();
    return () => redis.restart();
  },
  'Redis out of memory': async ({ parts }) => {
    const redis = parts.redis.primary();
    await redis.call('CONFIG', 'SET', 'maxmemory', '1');
    return async () => {
      await redis.call('CONFIG', 'SET', 'maxmemory', '0');
    };
  },
  'Redis silent': ({ parts }) => {
    const redis = parts.redis.primary();
    redis.pause();
    return Promise.resolve(() => {
      redis.resume();
      return Promise.resolve();
    });
  },
  'fail-over: primary killed': ({ parts }) => parts.redis.failOver('killed'),
  'fail-over: asked for': ({ parts }) => parts.redis.failOver('asked'),
} as const satisfies Record<string, Injector>;
