import { judged } from '@regfleet/fleet';
import { startRedis } from '@regfleet/harness';
import { makeReference, parseDigest, silentLogger } from '@regfleet/model';
import { connectFleet } from '@regfleet/queue';
import { describe, expect, it } from 'vitest';
import { keptTerminal } from './terminal.fixture.ts';
import { waitForRuns } from './wait-for-runs.ts';

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);

describe('cli/wait-for-runs', () => {
  it('shows the images that workers are at before the first one has ended', async () => {
    await using redis = await startRedis();
    const fleet = await connectFleet({
      url: redis.url,
      prefix: 'regfleet',
      logger: silentLogger,
      deadlineMs: 5_000,
    });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => fleet.close());
    const seen = Promise.withResolvers<void>();
    const consumer = fleet.consumeCopies({
      relays: ['direct'],
      servesLane: () => true,
      concurrency: 4,
      graceMs: 0,
      process: (_job, context) =>
        judged(context, async () => {
          await seen.promise;
          return { outcome: 'copied', targetDigest: DIGEST };
        }),
    });
    stack.defer(() => consumer.drain());
    const written: string[] = [];
    const { terminal } = keptTerminal({
      write(text) {
        written.push(text);
        if (text.includes('under way')) seen.resolve();
      },
      isInteractive: true,
    });
    const reference = (registry: string) => makeReference({ registry, repository: 'app', tag: '1' });
    const request = { source: reference('a.test'), target: reference('b.test'), relay: 'direct' } as const;
    const runId = await fleet.copyOnce({ request, attempts: 1, backoffMs: 1, maxBackoffMs: 1 });
    expect(await waitForRuns(fleet, [runId], terminal)).toMatchObject([{ outcome: 'succeeded' }]);
    expect(written.join('')).toMatch(/0\/1 images, 1 under way, the first for \d+m?s/);
  });
});
