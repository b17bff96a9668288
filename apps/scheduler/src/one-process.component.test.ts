import { parseConfig, type SyncConfig } from '@regfleet/config';
import { type CopyJob, RateLimitPauses } from '@regfleet/fleet';
import { eventually, type InMemoryRegistry, inMemoryRegistry } from '@regfleet/harness';
import { type LocalFleet, openLocalFleet } from '@regfleet/local';
import { parseDigest, type SyncError, silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLeaderTasks } from './leader-tasks.ts';
import { type Scheduler, startScheduler } from './scheduler.ts';

const DIGEST = parseDigest(`sha256:${'0'.repeat(64)}`);
const TAGS = ['v1', 'v2', 'v3'];

/** Everything that a scheduler does besides what only a shared store needs, on the store of one process. */
describe('scheduler/scheduler in one process', () => {
  let source: InMemoryRegistry;
  let target: InMemoryRegistry;
  let fleet: LocalFleet;
  let scheduler: Scheduler;
  let told: string[];
  const registries = createRegistries({ logger: silentLogger, env: {} });

  beforeEach(async () => {
    [source, target] = await Promise.all([
      inMemoryRegistry({ repositories: [{ name: 'app', tags: TAGS }] }),
      inMemoryRegistry({ repositories: [{ name: 'mirror/app', tags: ['v1'] }] }),
    ]);
    const pauses = new RateLimitPauses({ mostInRow: 1, onPause: () => undefined });
    fleet = openLocalFleet({ logger: silentLogger, pauses });
    told = [];
  });

  afterEach(async () => {
    await scheduler?.drain();
    await fleet.close();
    await Promise.all([source.stop(), target.stop()]);
  });

  const hostOf = ({ url }: { url: string }): string => new URL(url).host;

  function configOf(...mappings: readonly object[]): SyncConfig {
    const place = { 'skip-tls-verify': true };
    const text = JSON.stringify({
      relay: 'direct',
      tasks: [
        {
          name: 't',
          interval: 3600,
          source: { registry: hostOf(source), ...place },
          target: { registry: hostOf(target), ...place },
          mappings,
        },
      ],
    });
    const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
    if (config === undefined) throw new Error(JSON.stringify(issues));
    return config;
  }

  async function start(config: SyncConfig): Promise<void> {
    scheduler = await startScheduler({
      id: 'scheduler',
      config,
      fleet,
      registries,
      logger: silentLogger,
      concurrency: 2,
      graceMs: 0,
      listener: {
        onStart: (task) => void told.push(`${task.name} starts`),
        onSkip: ({ task }, reason) => void told.push(`${task} skipped: ${reason}`),
        onFailure: (_run, { code }: SyncError, mapping) => void told.push(`${mapping} ${code}`),
        onRetry: () => undefined,
        onPause: () => undefined,
      },
    });
  }

  /** Takes copies by doing nothing. */
  function takeCopies(): CopyJob[] {
    const taken: CopyJob[] = [];
    fleet.consumeCopies({
      relays: ['direct'],
      servesLane: () => true,
      concurrency: 1,
      graceMs: 0,
      process: async (job) => {
        taken.push(job);
        return { verdict: 'done', result: { outcome: 'copied', targetDigest: DIGEST } };
      },
    });
    return taken;
  }

  it('queues what drifted, with what the comparison saw, and nothing else', async () => {
    const taken = takeCopies();
    await start(configOf({ from: 'app', to: 'mirror/app', tags: TAGS }));
    const run = await fleet.runs.wait(await fleet.schedules.fire('t', 'start'));
    expect(run).toMatchObject({
      task: 't',
      outcome: 'succeeded',
      counts: { selected: 3, inSync: 1, enqueued: 2, copied: 2 },
    });
    expect(taken.map(({ request, seenTarget }) => [request.source.tag, seenTarget])).toEqual([
      ['v2', { head: undefined, atMs: expect.any(Number) }],
      ['v3', { head: undefined, atMs: expect.any(Number) }],
    ]);
    expect(told).toEqual(['t starts']);
  });

  it('tells of a mapping that fails, and goes on with the others', async () => {
    takeCopies();
    await start(configOf({ from: 'nowhere', to: 'x' }, { from: 'app', to: 'mirror/app' }));
    const run = await fleet.runs.wait(await fleet.schedules.fire('t', 'start'));
    expect(run).toMatchObject({
      outcome: 'failed',
      counts: { copied: 2 },
      errors: [{ code: 'REPOSITORY_UNKNOWN' }],
    });
    expect(told).toEqual(['t starts', expect.stringMatching(/mappings\[0\].* REPOSITORY_UNKNOWN/)]);
  });

  it('skips a firing while the run before goes on, and one that comes too soon after it', async () => {
    await start(configOf({ from: 'app', to: 'mirror/app' }));
    const first = await fleet.schedules.fire('t', 'start');
    await eventually(async () => (await fleet.runs.get(first))?.counts.enqueued === 1);
    const second = await fleet.runs.wait(await fleet.schedules.fire('t', 'operator'));
    expect(second).toMatchObject({ outcome: 'skipped' });
    takeCopies();
    expect(await fleet.runs.wait(first)).toMatchObject({ outcome: 'succeeded', counts: { copied: 2 } });
    const third = await fleet.runs.wait(await fleet.schedules.fire('t', 'schedule'));
    expect(third).toMatchObject({ outcome: 'skipped' });
    expect(told).toEqual([
      't starts',
      expect.stringContaining('t skipped'),
      expect.stringContaining('t skipped'),
    ]);
  });

  it('leaves an expansion that is stopped as interrupted', async () => {
    await start(configOf({ from: 'app', to: 'mirror/app' }));
    const runId = await fleet.schedules.fire('t', 'start');
    await eventually(async () => (await fleet.runs.get(runId))?.counts.enqueued === 1);
    await Promise.all([scheduler.drain(), fleet.close()]);
    expect(await fleet.runs.get(runId)).toMatchObject({ outcome: 'cancelled', reason: 'interrupted' });
  });

  it('does as leader what needs no other process', async () => {
    const config = configOf({ from: 'app', to: 'mirror/app' });
    const sweep = async () => ({ settledJobs: 0, settledRuns: 0, mendedTimes: 0, removedJobs: 0 });
    const { schedules, outages, troubleOf } = fleet;
    const tasks = createLeaderTasks({
      fleet: { schedules, outages, troubleOf, sweep, dropTasks: async () => undefined },
      config: () => config,
      logger: silentLogger,
    });
    takeCopies();
    await start(config);
    await tasks.lead({ coldStart: true });
    expect(await fleet.schedules.next('t')).toBeGreaterThan(Date.now());
    await eventually(async () => (await fleet.runs.list({ limit: 1 }))[0]?.outcome === 'succeeded');
  });
});
