import { parseConfig, type SyncConfig } from '@regfleet/config';
import { RateLimitPauses, type RunRecord } from '@regfleet/fleet';
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
import { memoryRecords } from '@regfleet/local';
import { silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEndLine } from '../output/runs.ts';
import { openNeededRelays } from '../service/relays.ts';
import { tasksNamed } from '../tasks.ts';
import type { SyncDisplay } from './display.ts';
import { type RoundDeps, runRound } from './round.ts';
import { ToldLogins } from './told-logins.ts';

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
      // One-off tasks with the same target would run one after the other.
      interval: 3600,
      source: { registry: from, 'skip-tls-verify': true },
      target: { registry: to, 'skip-tls-verify': true },
      mappings: [{ ...mapping, to: `${name}/${mapping.from}` }],
    })),
  });
  const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
  if (config === undefined) throw new Error(JSON.stringify(issues));
  return config;
}

/** Rounds of tasks of a config, with everything that was told of them in its order. */
class Rounds implements AsyncDisposable {
  readonly told: string[] = [];
  readonly #config: SyncConfig;
  readonly #concurrency: number;
  readonly #stop = new AbortController();
  readonly #registries = createRegistries({ logger: silentLogger, env: {} });

  constructor(config: SyncConfig, concurrency = 8) {
    this.#config = config;
    this.#concurrency = concurrency;
  }

  async run(...names: readonly string[]): Promise<readonly RunRecord[]> {
    const config = { ...this.#config, tasks: tasksNamed(this.#config, names) };
    const onPause = (registry: string): void => void this.told.push(`pause ${registry}`);
    const deps: RoundDeps = {
      config,
      registries: this.#registries,
      relays: await openNeededRelays(config, config.tasks, { logger: silentLogger, env: {} }),
      records: memoryRecords(),
      pauses: new RateLimitPauses({ mostInRow: 10, onPause }),
      logger: silentLogger,
      logins: new ToldLogins(() => undefined),
      display: this.#display(onPause),
      concurrency: this.#concurrency,
      once: true,
    };
    return runRound(deps, { round: this.#stop.signal, stop: this.#stop.signal });
  }

  stop(): void {
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#registries.close();
  }

  #display(onPause: SyncDisplay['onPause']): SyncDisplay {
    const ignore = (): void => undefined;
    return {
      onChange: ignore,
      onBytes: ignore,
      onIdle: ignore,
      onLogin: ignore,
      end: ignore,
      onPause,
      onImage: (_request, end) =>
        void this.told.push('error' in end ? `failed ${end.error.code}` : end.result.outcome),
      onRetry: (what, error) => void this.told.push(`${what}: ${error.code}`),
      onFailure: (failed, error) => void this.told.push(`${failed} failed ${error.code}`),
      onEnd: ({ task: ended, outcome }) => void this.told.push(`${ended} ${outcome}`),
    };
  }
}

const REFUSED = { status: 429, headers: { 'retry-after': '0' } };

describe('cli/sync/round', () => {
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
    await using rounds = new Rounds(configOf({ [name]: { source: left.host, from: 'app' } }));
    const [run] = await rounds.run(name);
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: 2, failed: 0 }, errors: [] });
    expect(refusal.hits).toBe(6);
    expect(rounds.told).toContain(`pause ${left.host}`);
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
      await using rounds = new Rounds(configOf({ [side]: task }), slots);
      expect(await rounds.run(side)).toMatchObject([{ counts: { copied: 5, failed: 0 }, errors: [] }]);
      expect(rounds.told).toEqual([...Array.from({ length: 5 }, () => 'copied'), `${side} succeeded`]);
    },
  );

  it('counts a filter that chooses nothing, in a run that succeeds', async () => {
    const named = { empty: { source: source.host, from: 'app', tags: ['semver: >=9.0.0'] } };
    await using rounds = new Rounds(configOf(named));
    const [run] = await rounds.run('empty');
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { listed: 2, selected: 0, emptyFilters: 1 } });
    expect(run && runEndLine(run)).toMatch(/^empty: succeeded, 1 empty filter, took /);
  });

  it('reads an index once, whose platform has moved', async () => {
    const imagesOf = (layer: string) =>
      ['amd64', 'arm64'].map((architecture) => ({
        layers: [layer],
        platform: { os: 'linux', architecture },
      }));
    await using left = await countingProxy(source);
    await using rounds = new Rounds(
      configOf({ moved: { source: left.host, from: 'index', platform: 'linux/arm64' } }),
    );
    await pushIndex(source, 'index', 'v1', { images: imagesOf('before') });
    expect(await rounds.run('moved')).toMatchObject([{ counts: { copied: 1 } }]);
    await pushIndex(source, 'index', 'v1', { images: imagesOf('after') });
    left.requests.clear();
    expect(await rounds.run('moved')).toMatchObject([{ counts: { copied: 1 } }]);
    expect(left.requests.count({ method: 'GET', kind: 'manifest' })).toBe(2);
  });

  it('ends a pass whose comparisons are refused for longer than anybody waits', async () => {
    await using left = await countingProxy(source);
    left.inject({ kind: 'manifest', method: 'HEAD', status: 429, headers: { 'retry-after': '9999999999' } });
    await using rounds = new Rounds(configOf({ refused: { source: left.host, from: 'app' } }));
    const [run] = await rounds.run('refused');
    expect(run).toMatchObject({ outcome: 'failed', errors: [{ code: 'RATE_LIMITED' }] });
    expect(rounds.told).toEqual(['refused failed RATE_LIMITED', 'refused failed']);
  });

  it.each([
    ['answers 503', { status: 503, times: 1 }],
    ['cuts the connection', { cutAfterBytes: 0, times: 1 }],
  ])('takes no notice of a source that %s once to each kind of request', async (how, fault) => {
    await using left = await countingProxy(source);
    for (const kind of ['tags', 'manifest', 'blob'] as const) left.inject({ kind, method: 'GET', ...fault });
    const head = left.inject({ kind: 'manifest', method: 'HEAD', ...fault });
    const name = how.replaceAll(' ', '-');
    await using rounds = new Rounds(configOf({ [name]: { source: left.host, from: 'app' } }));
    expect(await rounds.run(name)).toMatchObject([{ counts: { copied: 2, failed: 0 }, errors: [] }]);
    expect(rounds.told).toEqual(['copied', 'copied', `${name} succeeded`]);
    expect(head.hits).toBe(1);
  });

  it('repeats a listing that failed, and tells so', async () => {
    await using left = await countingProxy(source);
    // As often as a client asks before it tells of a failure.
    left.inject({ kind: 'tags', status: 503, headers: { 'retry-after': '0' }, times: 3 });
    await using rounds = new Rounds(configOf({ listed: { source: left.host, from: 'app' } }));
    const [run] = await rounds.run('listed');
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: 2 }, errors: [] });
    expect(rounds.told).toEqual([
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
    await using rounds = new Rounds(
      configOf({ unlisted: { source: source.host, from: 'many', target: right.host } }),
    );
    expect(await rounds.run('unlisted')).toMatchObject([{ outcome: 'succeeded', counts: { copied: 24 } }]);
    // As often as a client asks before it tells of a failure.
    expect(failure.hits).toBe(3);
    expect(rounds.told).not.toContainEqual(expect.stringContaining('listing'));
  });

  it('tells a failure when it happens, while others are still copied', async () => {
    await using left = await countingProxy(source);
    const held = left.inject({ kind: 'blob', method: 'GET', held: true });
    await using rounds = new Rounds(
      configOf({ told: { source: left.host, from: 'app', tags: ['1', 'nowhere'] } }),
    );
    const ended = rounds.run('told');
    await eventually(() => rounds.told.includes('failed MANIFEST_UNKNOWN') && held.hits > 0);
    expect(rounds.told).toEqual(['failed MANIFEST_UNKNOWN']);
    held.release();
    expect(await ended).toMatchObject([{ counts: { copied: 1, failed: 1 } }]);
    expect(rounds.told).toEqual(['failed MANIFEST_UNKNOWN', 'copied', 'told failed']);
  });

  it('gives the slot of a copy that waits to another task', async () => {
    await using left = await countingProxy(source);
    left.inject({ kind: 'blob', method: 'GET', status: 429, headers: { 'retry-after': '3600' } });
    const config = configOf({
      waiting: { source: left.host, from: 'app' },
      other: { source: source.host, from: 'lib' },
    });
    await using rounds = new Rounds(config, 1);
    const ended = rounds.run('waiting', 'other');
    await eventually(
      () => rounds.told.includes(`pause ${left.host}`) && rounds.told.includes('other succeeded'),
    );
    rounds.stop();
    expect(await ended).toMatchObject([
      { outcome: 'cancelled', counts: { copied: 0, failed: 0 } },
      { outcome: 'succeeded', counts: { copied: 1 } },
    ]);
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
      await using rounds = new Rounds(config, 2);
      const ended = rounds.run('limited', 'free');
      await eventually(() => held.hits > 0 && rounds.told.includes('free succeeded'));
      expect(await digestOf(target, 'free/lib', '1')).toBe(await digestOf(source, 'lib', '1'));
      expect(held.hits).toBe(1);
      held.release();
      expect(await ended).toMatchObject([
        { outcome: 'succeeded', counts: { copied: 2 } },
        { outcome: 'succeeded' },
      ]);
      expect(await listTags(target, 'limited/app')).toEqual(['1', '2']);
    });
  });
});
