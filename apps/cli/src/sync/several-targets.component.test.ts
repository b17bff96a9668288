import { parseConfig, type SyncConfig } from '@regfleet/config';
import { RateLimitPauses, type RunRecord } from '@regfleet/fleet';
import {
  type CountingProxy,
  countingProxy,
  digestOf,
  eventually,
  type FilledTag,
  fillRegistry,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { memoryRecords } from '@regfleet/local';
import { silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openNeededRelays } from '../service/relays.ts';
import type { SyncDisplay } from './display.ts';
import { runRound } from './round.ts';
import { ToldLogins } from './told-logins.ts';

const TAGS = ['1', '2', '3'];
const LAYERS = 2;
const LAYER_BYTES = 60_000;
const MEGABYTE = 1_000_000;

const ignore = (): void => undefined;

const DISPLAY: SyncDisplay = {
  onChange: ignore,
  onBytes: ignore,
  onIdle: ignore,
  onLogin: ignore,
  end: ignore,
  onPause: ignore,
  onImage: ignore,
  onRetry: ignore,
  onFailure: ignore,
  onEnd: ignore,
};

describe('cli/sync: several targets', () => {
  let source: TestRegistry;
  let target: TestRegistry;
  let filled: readonly FilledTag[];
  let left: CountingProxy;
  let proxies: readonly CountingProxy[];

  beforeAll(async () => {
    [source, target] = await Promise.all([startRegistry(), startRegistry()]);
    const layers = (tag: string) =>
      Array.from({ length: LAYERS }, (_, index) => ({ sizeBytes: LAYER_BYTES, seed: `${tag} ${index}` }));
    filled = await fillRegistry(source, [
      { repository: 'app', tags: TAGS, image: (tag) => ({ layers: layers(tag) }) },
    ]);
  });
  afterAll(() => Promise.all([source.stop(), target.stop()]));
  beforeEach(async () => {
    left = await countingProxy(source);
    // Each a registry of its own name, and one that holds no blob for another.
    proxies = await Promise.all([target, target, target].map((registry) => countingProxy(registry)));
  });
  afterEach(() => Promise.all([left, ...proxies].map((proxy) => proxy.stop())));

  function configOf(name: string, paths: readonly string[]): SyncConfig {
    const place = (registry: string) => ({ registry, 'skip-tls-verify': true });
    const text = JSON.stringify({
      relay: 'direct',
      retries: { attempts: 20, backoff: '1ms', 'max-backoff': '1ms' },
      tasks: [
        {
          name,
          source: place(left.host),
          targets: paths.map(place),
          mappings: [{ from: 'app', tags: TAGS, platform: 'all' }],
        },
      ],
    });
    const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
    if (config === undefined) throw new Error(JSON.stringify(issues));
    return config;
  }

  async function run(config: SyncConfig): Promise<RunRecord | undefined> {
    const registries = createRegistries({ logger: silentLogger, env: {} });
    const stop = new AbortController();
    try {
      const deps = {
        config,
        registries,
        relays: await openNeededRelays(config, config.tasks, { logger: silentLogger, env: {} }),
        records: memoryRecords(),
        pauses: new RateLimitPauses({ mostInRow: 10, onPause: ignore }),
        logger: silentLogger,
        logins: new ToldLogins(ignore),
        display: DISPLAY,
        concurrency: 12,
        once: true,
      };
      const [record] = await runRound(deps, { round: stop.signal, stop: stop.signal });
      return record;
    } finally {
      await registries.close();
    }
  }

  const holdsAll = async (repository: string): Promise<boolean> => {
    const digests = await Promise.all(filled.map(({ tag }) => digestOf(target, repository, tag)));
    return digests.every((digest, index) => digest === filled[index]?.digest);
  };

  it('brings all to a slow, a failing and a healthy one, which waits for none of them, and reads the source once', async () => {
    const [slow, failing, healthy] = proxies;
    if (slow === undefined || failing === undefined || healthy === undefined) throw new Error('no proxy');
    const paths = [`${slow.host}/slow`, `${failing.host}/failing`, `${healthy.host}/healthy`];
    const isContent = { method: 'PUT', kind: 'upload' } as const;
    const held = slow.inject({ ...isContent, held: true, requestBytesPerSecond: MEGABYTE });
    const failures = failing.inject({
      method: 'PUT',
      oneIn: 2,
      status: 503,
      headers: { 'retry-after': '0' },
    });
    const running = run(configOf('fan-out', paths));
    // Nothing that the slow one is sent gets an answer yet.
    await eventually(() => held.hits > 0);
    await eventually(() => holdsAll('healthy/app'));
    await eventually(() => holdsAll('failing/app'));
    expect(await holdsAll('slow/app')).toBe(false);
    held.release();
    const record = await running;
    expect(await holdsAll('slow/app')).toBe(true);
    expect(failures.hits).toBeGreaterThan(TAGS.length);
    expect(record).toMatchObject({
      outcome: 'succeeded',
      counts: { repositories: 1, selected: 3 * TAGS.length, copied: 3 * TAGS.length, failed: 0 },
      errors: [],
    });
    expect(left.requests.count({ method: 'GET', kind: 'blob' })).toBe(TAGS.length * (LAYERS + 1));
  });

  it('mounts at two targets of one registry', async () => {
    const [one] = proxies;
    if (one === undefined) throw new Error('no proxy');
    const record = await run(configOf('two', [`${one.host}/a`, `${one.host}/b`]));
    expect(record).toMatchObject({ outcome: 'succeeded', counts: { copied: 2 * TAGS.length } });
    expect([await holdsAll('a/app'), await holdsAll('b/app')]).toEqual([true, true]);
    const blobs = TAGS.length * (LAYERS + 1);
    expect(left.requests.count({ method: 'GET', kind: 'blob' })).toBe(blobs);
    expect(one.requests.count({ method: 'POST', path: /[?&]mount=/ })).toBeGreaterThanOrEqual(blobs);
  });
});
