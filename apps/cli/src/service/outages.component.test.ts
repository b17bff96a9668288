import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig, type SyncConfig } from '@regfleet/config';
import { RateLimitPauses } from '@regfleet/fleet';
import {
  countingProxy,
  eventually,
  pushImage,
  type Resource,
  startRegistry,
  startSilentServer,
  temporaryFolder,
} from '@regfleet/harness';
import { type LocalFleet, openLocalFleet } from '@regfleet/local';
import { type Location, SyncError, silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { afterEach, describe, expect, it } from 'vitest';
import { openOutages } from './outages.ts';

// Nobody listens there.
const NOBODY = '127.0.0.1:1';
const MINUTE_MS = 60_000;

const failure = (code: SyncError['code']): SyncError =>
  new SyncError(code, { message: 'a failure of the test', side: 'source' });

function configOf(source: object, { more = {}, isPeriodic = true } = {}): SyncConfig {
  const target = { registry: 'mirror.test' };
  const task = {
    name: 'app',
    source,
    target,
    mappings: [{ from: 'app' }],
    ...(isPeriodic && { schedule: '0 3 * * *' }),
  };
  const text = JSON.stringify({ relay: 'direct', tasks: [task], ...more });
  const { config, issues } = parseConfig(text, { file: 'config.yaml', env: {} });
  if (config === undefined) throw new Error(JSON.stringify(issues));
  return config;
}

function sourceOf({ tasks: [task] }: SyncConfig): Location {
  if (task === undefined) throw new Error('no task');
  return task.source;
}

describe('cli/service/outages', () => {
  const started: Resource[] = [];
  afterEach(async () => {
    for (const resource of started.splice(0).toReversed()) await resource.stop();
  });
  const keep = <Kept extends Resource>(resource: Kept): Kept => {
    started.push(resource);
    return resource;
  };

  /** What a process of its own knows of the source of a config, which has worked so far. */
  function open(config: SyncConfig, options: { isOnce?: boolean } = {}) {
    const registries = createRegistries({ logger: silentLogger, env: {} });
    const pauses = new RateLimitPauses({ mostInRow: 1, onPause: () => undefined });
    const fleet: LocalFleet = openLocalFleet({ pauses });
    const opened = openOutages({
      id: 'test',
      config,
      fleet,
      registries,
      logger: silentLogger,
      isOnly: true,
      ...options,
    });
    const stop = async (): Promise<void> => {
      await opened.outages.close();
      await fleet.close();
      await registries.close();
    };
    keep({ stop, [Symbol.asyncDispose]: stop });
    const source = sourceOf(config);
    opened.outages.worked(source, { tookMs: 0, endedThere: true });
    const judge = (code: SyncError['code']) =>
      opened.outages.judge(
        failure(code),
        { source },
        { signal: AbortSignal.timeout(60_000), isShared: true },
      );
    return { fleet, judge, client: registries.connect(source) };
  }

  it.each([
    ['30 minutes for a task with a schedule', {}, {}, 30],
    ['2 minutes for sync --once', {}, { isOnce: true }, 2],
    ['2 minutes where no task with a schedule uses the registry', { isPeriodic: false }, {}, 2],
    ['what the config says', { more: { limits: { 'give-up-after': '7m' } } }, { isOnce: true }, 7],
  ])('waits for a registry that is down for %s', async (_, config, options, minutes) => {
    const { fleet, judge } = open(configOf({ registry: NOBODY, 'skip-tls-verify': true }, config), options);
    expect(await judge('NETWORK_FAILED')).toBeDefined();
    const [hold] = fleet.holds.current;
    expect(hold).toMatchObject({ cause: 'outage', scope: { kind: 'registry', registry: NOBODY } });
    expect(Math.round(((hold?.untilMs ?? 0) - (hold?.sinceMs ?? 0)) / MINUTE_MS)).toBe(minutes);
  });

  it('takes a registry that accepts connections and says nothing for one that is down', {
    timeout: 60_000,
  }, async () => {
    const silent = keep(await startSilentServer());
    const { judge } = open(configOf({ registry: silent.host, 'skip-tls-verify': true }));
    expect(await judge('TIMED_OUT')).toMatchObject({ reason: expect.stringContaining('within 10 s') });
  });

  it('takes a registry that answers /v2/ and no longer the manifest it has told of for one that is down, until it does', async () => {
    const registry = keep(await startRegistry());
    await pushImage(registry, 'app', 'v1', { layers: ['one'] });
    const proxy = keep(await countingProxy(registry));
    const { fleet, judge, client } = open(configOf({ registry: proxy.host, 'skip-tls-verify': true }));
    await client.headManifest('app', 'v1');
    expect(await judge('SERVER_FAILED')).toBeUndefined();
    const broken = proxy.inject({ kind: 'manifest', status: 503 });
    expect(await judge('SERVER_FAILED')).toMatchObject({ reason: expect.stringContaining('503') });
    expect(fleet.holds.current).toMatchObject([{ cause: 'outage' }]);
    broken.remove();
    await eventually(() => fleet.holds.current.length === 0);
  });

  it('takes a repository that breaks for no registry that is down, where others are told of', async () => {
    const registry = keep(await startRegistry());
    for (const repository of ['app', 'other'])
      await pushImage(registry, repository, 'v1', { layers: ['one'] });
    const proxy = keep(await countingProxy(registry));
    const { fleet, judge, client } = open(configOf({ registry: proxy.host, 'skip-tls-verify': true }));
    await client.headManifest('other', 'v1');
    await client.headManifest('app', 'v1');
    const broken = proxy.inject({ kind: 'manifest', path: /\/app\//, status: 500 });
    expect(await judge('SERVER_FAILED')).toBeUndefined();
    expect(fleet.holds.current).toEqual([]);
    broken.remove();
  });

  it('shows a refused password once, and the next one soon after its file has it', async () => {
    const htpasswd = { username: 'robot', password: 'the first' };
    const registry = keep(await startRegistry({ htpasswd }));
    const proxy = keep(await countingProxy(registry));
    const passwordFile = join(keep(await temporaryFolder()).path, 'password');
    await writeFile(passwordFile, 'a mistake', { mode: 0o600 });
    const login = { username: htpasswd.username, 'password-file': passwordFile };
    const { fleet, judge } = open(configOf({ registry: proxy.host, 'skip-tls-verify': true, ...login }));
    expect(await judge('UNAUTHORIZED')).toBeDefined();
    expect(fleet.holds.current).toMatchObject([{ cause: 'login' }]);
    const before = proxy.requests.count();
    const sinceMs = performance.now();
    // For longer than an answer is taken for granted, and two looks at the file.
    await eventually(() => performance.now() - sinceMs > 7_000, { deadlineMs: 20_000 });
    expect(await judge('UNAUTHORIZED')).toBeDefined();
    expect(proxy.requests.count()).toBe(before);
    await writeFile(passwordFile, htpasswd.password, { mode: 0o600 });
    await expect.poll(() => fleet.holds.current, { timeout: 20_000 }).toEqual([]);
    expect(await judge('UNAUTHORIZED')).toBeUndefined();
  });
});
