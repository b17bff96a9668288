import { parseConfig, type SyncConfig } from '@regfleet/config';
import { type CopyVerdict, RateLimitPauses } from '@regfleet/fleet';
import {
  type CountingProxy,
  countingProxy,
  digestOf,
  eventually,
  fillRegistry,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { type LocalFleet, openLocalFleet } from '@regfleet/local';
import { type CopyRequest, makeReference, silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { openRelay } from '@regfleet/relay';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorker, type Worker } from './worker.ts';

const RELAY_OPTIONS = { skopeo: { binary: '', certsDir: '' } };

/** What a worker does with copies, on the store of one process. */
describe('worker/worker in one process', () => {
  let source: TestRegistry;
  let target: TestRegistry;
  let left: CountingProxy;
  let fleet: LocalFleet;
  let worker: Worker;
  let told: string[];
  const registries = createRegistries({ logger: silentLogger, env: {} });

  beforeAll(async () => {
    [source, target] = await Promise.all([startRegistry(), startRegistry()]);
    await fillRegistry(source, [{ repository: 'app', tags: ['v1', 'v2'] }]);
  });
  afterAll(async () => {
    await registries.close();
    await Promise.all([source.stop(), target.stop()]);
  });

  beforeEach(async () => {
    told = [];
    left = await countingProxy(source);
    const pauses = new RateLimitPauses({ mostInRow: 1, onPause: () => undefined });
    fleet = openLocalFleet({ logger: silentLogger, pauses });
    worker = await startWorker({
      id: 'worker',
      config: configOf(),
      fleet,
      registries,
      relays: new Map([['direct', await openRelay('direct', RELAY_OPTIONS, { logger: silentLogger })]]),
      logger: silentLogger,
      concurrency: 2,
      graceMs: 0,
      listener: () => ({
        onStart: ({ attempt }) => {
          told.push(`try ${attempt}`);
          return () => void told.push('over');
        },
        onVerdict: (_job, verdict: CopyVerdict) => void told.push(verdict.verdict),
      }),
    });
  });
  afterEach(async () => {
    await worker.drain();
    await fleet.close();
    await left.stop();
  });

  function configOf(tags: readonly string[] = ['v1']): SyncConfig {
    const place = { 'skip-tls-verify': true };
    const text = JSON.stringify({
      relay: 'direct',
      tasks: [
        {
          name: 't',
          source: { registry: left.host, ...place },
          target: { registry: target.host, ...place },
          mappings: [{ from: 'app', to: 'mirror/app', tags }],
        },
      ],
    });
    const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
    if (config === undefined) throw new Error(JSON.stringify(issues));
    return config;
  }

  async function copy(tag: string, attempts = 1): Promise<string> {
    const request: CopyRequest = {
      task: 't',
      relay: 'direct',
      source: makeReference({ registry: left.host, repository: 'app', tag }),
      target: makeReference({ registry: target.host, repository: 'mirror/app', tag }),
    };
    const runId = `run of ${tag}`;
    await fleet.runs.claim({ runId, task: 't', trigger: 'start' });
    void fleet.runs.enqueue(runId, { request, attempts, backoffMs: 1, maxBackoffMs: 1 });
    await fleet.runs.finishExpansion(runId, []);
    return runId;
  }

  it('copies, keeps a record, and tells of the try', async () => {
    expect(await fleet.runs.wait(await copy('v1'))).toMatchObject({
      outcome: 'succeeded',
      counts: { copied: 1 },
    });
    const digest = await digestOf(source, 'app', 'v1');
    expect(await digestOf(target, 'mirror/app', 'v1')).toBe(digest);
    const key = { target: `${target.host}/mirror/app:v1`, platform: '' };
    expect(await fleet.records.get(key)).toMatchObject({ sourceDigest: digest, targetDigest: digest });
    expect(told).toEqual(['try 1', 'over', 'done']);
  });

  it('tries again what may pass, as often as the order says', async () => {
    const failures = left.inject({ kind: 'manifest', status: 500 });
    expect(await fleet.runs.wait(await copy('v1', 2))).toMatchObject({
      outcome: 'failed',
      errors: [{ code: 'SERVER_FAILED', side: 'source' }],
    });
    expect(failures.hits).toBeGreaterThan(1);
    expect(told).toEqual(['try 1', 'over', 'retry', 'try 2', 'over', 'fail']);
  });

  it('hands back what its config does not yield, and takes it once a new config does', async () => {
    const runId = await copy('v2');
    await eventually(() => told.includes('defer'));
    expect(told).toEqual(['defer']);
    worker.reload(configOf(['v1', 'v2']));
    expect(await fleet.runs.wait(runId)).toMatchObject({ outcome: 'succeeded' });
  });

  it('leaves what it cannot end when it is drained', async () => {
    const held = left.inject({ kind: 'manifest', held: true });
    const runId = await copy('v1');
    await eventually(() => held.hits > 0);
    await worker.drain();
    expect(await fleet.runs.wait(runId)).toMatchObject({ outcome: 'cancelled', reason: 'interrupted' });
    expect(told).toEqual(['try 1', 'over', 'defer']);
  });
});
