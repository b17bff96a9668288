import { eventually, type Resource, startRedis, startSentinel, type TestRedis } from '@regfleet/harness';
import type { Variant } from './plan.ts';

const NAME = 'main';

/** The Redis of a trial: one that loses nothing, or two that Sentinel chooses from. */
export interface RedisSite {
  /** For the config. */
  readonly url: string;
  /** The one that takes writes. */
  primary(): TestRedis;
  /** Makes Sentinel choose the other one. @returns restores what was lost by that. */
  failOver(how: 'killed' | 'asked'): Promise<() => Promise<void>>;
  /** In the order in which they were started. */
  readonly resources: readonly Resource[];
}

export const startRedisSite = (variant: Variant): Promise<RedisSite> =>
  variant === 'fail-over' ? startWatched() : startSingle();

async function startSingle(): Promise<RedisSite> {
  const redis = await startRedis({ persistent: true, settings: { appendfsync: 'always' } });
  return {
    url: redis.url,
    primary: () => redis,
    failOver: () => Promise.reject(new Error('there is no replica')),
    resources: [redis],
  };
}

async function startWatched(): Promise<RedisSite> {
  let primary = await startRedis({ persistent: true });
  let replica = await startRedis({ persistent: true });
  await replica.follow(primary);
  const sentinel = await startSentinel({ name: NAME, primary });
  await sentinel.knowsReplicas(NAME, 1);
  return {
    url: `redis+sentinel://${sentinel.host}/${NAME}`,
    primary: () => primary,
    failOver: async (how) => {
      const [old, next] = [primary, replica];
      if (how === 'killed') {
        await old.kill();
        await sentinel.names(NAME, next);
      } else await sentinel.failOver(NAME, next);
      [primary, replica] = [next, old];
      return async () => {
        if (how === 'killed') await old.restart();
        await eventually(async () => /^master_link_status:up/m.test(await old.call('INFO', 'replication')), {
          deadlineMs: 60_000,
          what: 'the old primary to follow the new one',
        });
      };
    },
    resources: [primary, replica, sentinel],
  };
}
