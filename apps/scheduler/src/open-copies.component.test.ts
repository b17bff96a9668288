import { randomUUID } from 'node:crypto';
import type { CopyVerdict } from '@regfleet/fleet';
import { eventually, startRedis } from '@regfleet/harness';
import { makeReference, type RelayName, silentLogger } from '@regfleet/model';
import { connectFleet } from '@regfleet/queue';
import { describe, expect, it } from 'vitest';
import { openCopies } from './open-copies.ts';

describe('scheduler/open-copies', () => {
  it('counts copies of every lane that wait, are under way or are put aside, and no planned firing', async () => {
    const redis = await startRedis();
    const fleet = await connectFleet({
      url: redis.url,
      prefix: randomUUID(),
      logger: silentLogger,
      deadlineMs: 5_000,
    });
    const end = Promise.withResolvers<CopyVerdict>();
    const consumer = fleet.consumeCopies({
      relays: ['direct'],
      servesLane: () => true,
      concurrency: 1,
      graceMs: 0,
      process: async ({ request }) =>
        request.source.tag === 'later'
          ? { verdict: 'defer', cause: 'registry', reason: 'it asks for it', delayMs: 3_600_000 }
          : end.promise,
    });
    const copy = (tag: string, relay: RelayName = 'direct') =>
      fleet.copyOnce({
        request: {
          source: makeReference({ registry: 'source.test', repository: 'a', tag }),
          target: makeReference({ registry: 'target.test', repository: 'a', tag }),
          relay,
        },
        attempts: 1,
        backoffMs: 1,
        maxBackoffMs: 1,
      });
    try {
      await fleet.schedules.reconcile([{ task: 't', fingerprint: 't', everyMs: 3_600_000 }]);
      expect(await openCopies(fleet.lanes)).toEqual({ copies: 0, waiting: 0, active: 0, delayed: 0 });
      await copy('later');
      await eventually(async () => (await openCopies(fleet.lanes)).delayed === 1);
      await copy('now');
      await eventually(async () => (await openCopies(fleet.lanes)).active === 1);
      // No process takes copies of that relay.
      await copy('one', 'docker');
      await copy('two', 'docker');
      expect(await openCopies(fleet.lanes)).toEqual({ copies: 4, waiting: 2, active: 1, delayed: 1 });
    } finally {
      end.resolve({ verdict: 'drop' });
      await consumer.drain();
      await fleet.close();
      await redis.stop();
    }
  });
});
