import { parseConfig, type SyncConfig, type Task } from '@regfleet/config';
import type { RunRecord } from '@regfleet/fleet';
import { RateLimitPauses } from '@regfleet/fleet';
import {
  type CountingProxy,
  countingProxy,
  digestOf,
  eventually,
  fillRegistry,
  listTags,
  pushIndex,
  startRegistry,
  type TestRegistry,
} from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEndLine } from '../output/runs.ts';
import { openNeededRelays } from '../service/relays.ts';
import { memoryRecords } from './memory-records.ts';
import { Slots } from './slots.ts';
import { type SyncDeps, syncTask } from './sync-task.ts';

interface TaskText {
  readonly source: string;
  /** Absent: the target of all. */
  readonly target?: string;
  readonly from: string;
  readonly tags?: readonly string[];
  readonly platform?: string;
}

let source: TestRegistry;
let target: TestRegistry;

beforeAll(async () => {
  [source, target] = await Promise.all([startRegistry(), startRegistry()]);
});

afterAll(async () => {
  await Promise.all([source.stop(), target.stop()]);
});

function configOf(
  tasks: Readonly<Record<string, TaskText>>,
  limits: Readonly<Record<string, number>> = {},
): SyncConfig {
  const text = JSON.stringify({
    relay: 'direct',
    retries: { attempts: 2, backoff: '1ms', 'max-backoff': '1ms' },
    registries: Object.fromEntries(
      Object.entries(limits).map(([host, concurrency]) => [host, { concurrency }]),
    ),
    tasks: Object.entries(tasks).map(([name, { source: from, target: to = target.host, ...mapping }]) => ({
      name,
      source: { registry: from, 'skip-tls-verify': true },
      target: { registry: to, 'skip-tls-verify': true },
      mappings: [{ ...mapping, to: `${name}/${mapping.from}` }],
    })),
  });
  const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
  if (config === undefined) throw new Error(JSON.stringify(issues));
  return config;
}

/** Passes over the tasks of a config, with everything that was told of them in its order. */
class Passes implements AsyncDisposable {
  readonly told: string[] = [];
  readonly #config: SyncConfig;
  readonly #stop = new AbortController();
  readonly #registries = createRegistries({ logger: silentLogger, env: {} });
  readonly #slots: Slots;
  readonly #pauses = new RateLimitPauses({
    mostInRow: 10,
    onPause: (registry) => void this.told.push(`pause ${registry}`),
  });

  constructor(config: SyncConfig, slots = 8) {
    this.#config = config;
    this.#slots = new Slots(slots);
  }

  async run(name: string): Promise<RunRecord> {
    const task = this.#config.tasks.find((candidate) => candidate.name === name);
    if (task === undefined) throw new Error(`no task ${name}`);
    return syncTask(task, await this.#deps(task), this.#stop.signal);
  }

  stop(): void {
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#registries.close();
  }

  async #deps(task: Task): Promise<SyncDeps> {
    const ignore = (): void => undefined;
    return {
      config: this.#config,
      registries: this.#registries,
      relays: await openNeededRelays(this.#config, [task], { logger: silentLogger, env: {} }),
      records: memoryRecords(),
      slots: this.#slots,
      pauses: this.#pauses,
      logger: silentLogger,
      events: {
        onChange: ignore,
        onBytes: ignore,
        onImage: (_request, end) =>
          void this.told.push('error' in end ? `failed ${end.error.code}` : end.result.outcome),
        onRetry: (what, error) => void this.told.push(`${what}: ${error.code}`),
        onFailure: (failed, error) => void this.told.push(`${failed} failed ${error.code}`),
        onEnd: ({ task: ended, outcome }) => void this.told.push(`${ended} ${outcome}`),
      },
    };
  }
}

const REFUSED = { status: 429, headers: { 'retry-after': '0' } };

describe('cli/sync/sync-task', () => {
  beforeAll(() =>
    fillRegistry(source, [
      { repository: 'app', tags: ['1', '2'] },
      { repository: 'lib', tags: ['1'] },
    ]),
  );

  it.each([
    ['a comparison', { kind: 'manifest', method: 'HEAD' }],
    ['a listing', { kind: 'tags' }],
    ['a copy', { kind: 'blob', method: 'GET' }],
  ] as const)('waits where %s is told to, and goes on without having spent a try', async (what, request) => {
    await using left = await countingProxy(source);
    // A client asks twice before it tells of a refusal.
    const refusal = left.inject({ ...request, ...REFUSED, times: 6 });
    const name = `told ${what}`.replaceAll(' ', '-');
    await using passes = new Passes(configOf({ [name]: { source: left.host, from: 'app' } }));
    const run = await passes.run(name);
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: 2, failed: 0 }, errors: [] });
    expect(refusal.hits).toBe(6);
    expect(passes.told).toContain(`pause ${left.host}`);
  });

  it.each([
    ['source', 8],
    ['target', 1],
  ])(
    'copies by a %s that takes few requests at once, %i images at a time, without a pause',
    async (side, slots) => {
      const from = `small-${side}`;
      await fillRegistry(source, [{ repository: from, tags: ['1', '2', '3', '4', '5'] }]);
      const place = side === 'source' ? source : target;
      await using limited = await countingProxy(place, { limit: { perSecond: 40, burst: 5 } });
      const task = { source: source.host, from, [side]: limited.host };
      await using passes = new Passes(configOf({ [side]: task }), slots);
      expect(await passes.run(side)).toMatchObject({ counts: { copied: 5, failed: 0 }, errors: [] });
      expect(passes.told).toEqual([...Array.from({ length: 5 }, () => 'copied'), `${side} succeeded`]);
    },
  );

  it('counts a filter that chooses nothing, in a run that succeeds', async () => {
    const named = { empty: { source: source.host, from: 'app', tags: ['semver: >=9.0.0'] } };
    await using passes = new Passes(configOf(named));
    const run = await passes.run('empty');
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { listed: 2, selected: 0, emptyFilters: 1 } });
    expect(runEndLine(run)).toMatch(/^empty: succeeded, 1 empty filter, took /);
  });

  it('reads an index once, whose platform has moved', async () => {
    const imagesOf = (layer: string) =>
      ['amd64', 'arm64'].map((architecture) => ({
        layers: [layer],
        platform: { os: 'linux', architecture },
      }));
    await using left = await countingProxy(source);
    await using passes = new Passes(
      configOf({ moved: { source: left.host, from: 'index', platform: 'linux/arm64' } }),
    );
    await pushIndex(source, 'index', 'v1', { images: imagesOf('before') });
    expect(await passes.run('moved')).toMatchObject({ counts: { copied: 1 } });
    await pushIndex(source, 'index', 'v1', { images: imagesOf('after') });
    left.requests.clear();
    expect(await passes.run('moved')).toMatchObject({ counts: { copied: 1 } });
    expect(left.requests.count({ method: 'GET', kind: 'manifest' })).toBe(2);
  });

  it('ends a pass whose comparisons are refused for longer than anybody waits', async () => {
    await using left = await countingProxy(source);
    left.inject({ kind: 'manifest', method: 'HEAD', status: 429, headers: { 'retry-after': '9999999999' } });
    await using passes = new Passes(configOf({ refused: { source: left.host, from: 'app' } }));
    const run = await passes.run('refused');
    expect(run).toMatchObject({ outcome: 'failed', errors: [{ code: 'RATE_LIMITED' }] });
    expect(passes.told).toEqual(['refused failed RATE_LIMITED', 'refused failed']);
  });

  it.each([
    ['answers 503', { status: 503, times: 1 }],
    ['cuts the connection', { cutAfterBytes: 0, times: 1 }],
  ])('takes no notice of a source that %s once to each kind of request', async (how, fault) => {
    await using left = await countingProxy(source);
    for (const kind of ['tags', 'manifest', 'blob'] as const) left.inject({ kind, method: 'GET', ...fault });
    const head = left.inject({ kind: 'manifest', method: 'HEAD', ...fault });
    const name = how.replaceAll(' ', '-');
    await using passes = new Passes(configOf({ [name]: { source: left.host, from: 'app' } }));
    expect(await passes.run(name)).toMatchObject({ counts: { copied: 2, failed: 0 }, errors: [] });
    expect(passes.told).toEqual(['copied', 'copied', `${name} succeeded`]);
    expect(head.hits).toBe(1);
  });

  it('repeats a listing that failed, and tells so', async () => {
    await using left = await countingProxy(source);
    // As often as a client asks before it tells of a failure.
    left.inject({ kind: 'tags', status: 503, headers: { 'retry-after': '0' }, times: 3 });
    await using passes = new Passes(configOf({ listed: { source: left.host, from: 'app' } }));
    const run = await passes.run('listed');
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: 2 }, errors: [] });
    expect(passes.told).toEqual([
      `listing ${left.host}/app: SERVER_FAILED`,
      'copied',
      'copied',
      'listed succeeded',
    ]);
  });

  it('asks once only for the list of a target that it can do without', async () => {
    const tags = Array.from({ length: 24 }, (_, position) => `v${position}`);
    await fillRegistry(source, [{ repository: 'many', tags }]);
    await using right = await countingProxy(target);
    const failure = right.inject({ kind: 'tags', status: 503, headers: { 'retry-after': '0' } });
    await using passes = new Passes(
      configOf({ unlisted: { source: source.host, from: 'many', target: right.host } }),
    );
    expect(await passes.run('unlisted')).toMatchObject({ outcome: 'succeeded', counts: { copied: 24 } });
    // As often as a client asks before it tells of a failure.
    expect(failure.hits).toBe(3);
    expect(passes.told).not.toContainEqual(expect.stringContaining('listing'));
  });

  it('tells a failure when it happens, while others are still copied', async () => {
    await using left = await countingProxy(source);
    const held = left.inject({ kind: 'blob', method: 'GET', held: true });
    await using passes = new Passes(
      configOf({ told: { source: left.host, from: 'app', tags: ['1', 'nowhere'] } }),
    );
    const ended = passes.run('told');
    await eventually(() => passes.told.includes('failed MANIFEST_UNKNOWN') && held.hits > 0);
    expect(passes.told).toEqual(['failed MANIFEST_UNKNOWN']);
    held.release();
    expect((await ended).counts).toMatchObject({ copied: 1, failed: 1 });
    expect(passes.told).toEqual(['failed MANIFEST_UNKNOWN', 'copied', 'told failed']);
  });

  it('gives the slot of a copy that waits to another task', async () => {
    await using left = await countingProxy(source);
    left.inject({ kind: 'blob', method: 'GET', status: 429, headers: { 'retry-after': '3600' } });
    const config = configOf({
      waiting: { source: left.host, from: 'app' },
      other: { source: source.host, from: 'lib' },
    });
    await using passes = new Passes(config, 1);
    const waiting = passes.run('waiting');
    await eventually(() => passes.told.includes(`pause ${left.host}`));
    expect(await passes.run('other')).toMatchObject({ outcome: 'succeeded', counts: { copied: 1 } });
    passes.stop();
    expect(await waiting).toMatchObject({ outcome: 'cancelled', counts: { copied: 0, failed: 0 } });
  });

  describe('with a limit on copies from a registry', () => {
    let limited: CountingProxy;

    beforeAll(async () => {
      limited = await countingProxy(source);
    });

    afterAll(() => limited.stop());

    it('keeps to it, and leaves the other slots to other registries', async () => {
      const held = limited.inject({ kind: 'manifest', method: 'GET', held: true });
      const config = configOf(
        {
          limited: { source: limited.host, from: 'app' },
          free: { source: source.host, from: 'lib' },
        },
        { [limited.host]: 1 },
      );
      await using passes = new Passes(config, 2);
      const ended = passes.run('limited');
      await eventually(() => held.hits > 0);
      expect(await passes.run('free')).toMatchObject({ outcome: 'succeeded' });
      expect(await digestOf(target, 'free/lib', '1')).toBe(await digestOf(source, 'lib', '1'));
      expect(held.hits).toBe(1);
      held.release();
      expect(await ended).toMatchObject({ outcome: 'succeeded', counts: { copied: 2 } });
      expect(await listTags(target, 'limited/app')).toEqual(['1', '2']);
    });
  });
});
