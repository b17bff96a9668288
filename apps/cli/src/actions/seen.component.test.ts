import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { judged } from '@regfleet/fleet';
import { startRedis, temporaryFolder } from '@regfleet/harness';
import { makeReference, parseDigest, SyncError, silentLogger } from '@regfleet/model';
import { connectFleet, type Fleet } from '@regfleet/queue';
import { describe, expect, it } from 'vitest';
import { called } from '../terminal.fixture.ts';

const CONTROL = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u;
const HOSTILE = 'x\u001b[2J\u009b1m\u202e\u2028\rregfleet: all is well\ny';
const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);

const CONFIG = `
relay: direct
tasks:
  - {name: app, interval: 3600, source: {registry: source.test}, target: {registry: target.test}, mappings: [{from: app}]}
  - {name: idle, interval: 3600, source: {registry: source.test}, target: {registry: target.test}, mappings: [{from: idle}]}
  - {name: all, source: {registry: source.test}, target: {registry: target.test}, mappings: [{from: a}]}
`;

/** A fleet whose copies of tags that begin with \`bad\` fail, and the command that looks at it. */
async function openDesk() {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const folder = stack.use(await temporaryFolder());
  const file = join(folder.path, 'config.yaml');
  await writeFile(file, `redis: {url: '${redis.url}'}\n${CONFIG}`);
  const fleet = await connectFleet({
    url: redis.url,
    prefix: 'regfleet',
    logger: silentLogger,
    deadlineMs: 5_000,
  });
  stack.defer(() => fleet.close());
  const consumer = fleet.consumeCopies({
    relays: ['direct'],
    servesLane: () => true,
    concurrency: 4,
    graceMs: 0,
    process: (job, context) =>
      judged(context, async () => {
        if (job.request.source.tag?.startsWith('bad'))
          throw new SyncError('DENIED', { message: `the token is refused ${HOSTILE}`, side: 'target' });
        return { outcome: 'copied', targetDigest: DIGEST, bytesCopied: 1_536 };
      }),
  });
  stack.defer(() => consumer.drain());
  const held = stack.move();
  return {
    redis,
    fleet,
    call: (...argv: string[]) => called([...argv, '-c', file]),
    async json(...argv: string[]) {
      const { code, out } = await this.call(...argv, '--json');
      expect(code).toBe(0);
      return JSON.parse(out);
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

let runNumber = 0;

/** A run of these tags once it has ended. */
async function mirror(fleet: Fleet, task: string, tags: readonly string[]): Promise<string> {
  runNumber += 1;
  const runId = `run-${runNumber}`;
  await fleet.runs.claim({ runId, task, trigger: 'schedule' });
  for (const tag of tags) {
    const repository = `${task}/${runId}`;
    const request = {
      task,
      source: makeReference({ registry: 'source.test', repository, tag }),
      target: makeReference({ registry: 'target.test', repository, tag }),
      relay: 'direct',
    } as const;
    await fleet.runs.enqueue(runId, { request, attempts: 1, backoffMs: 1, maxBackoffMs: 1 });
  }
  await fleet.runs.finishExpansion(runId, []);
  await fleet.runs.wait(runId, { signal: AbortSignal.timeout(20_000) });
  return runId;
}

describe('cli/actions, what is seen of a fleet', () => {
  it('prints the digest of what it has waited for', async () => {
    await using desk = await openDesk();
    const images = ['source.test/a:good', 'target.test/a:good', '--task', 'all'];
    const { code, out } = await desk.call('copy', ...images, '--wait');
    expect(code).toBe(0);
    expect(out.split('\n').at(-1)).toBe(`copied: target.test/a:good@${DIGEST}`);
    expect(await desk.json('copy', ...images, '--wait')).toMatchObject({
      outcome: 'succeeded',
      images: [{ target: 'target.test/a:good', digest: DIGEST }],
    });
  });

  it('shows runs, the images of one, and the jobs that failed, in one shape of JSON however many there are', async () => {
    await using desk = await openDesk();
    const first = await mirror(desk.fleet, 'app', ['good', 'bad']);
    const second = await mirror(desk.fleet, 'app', ['good']);
    const other = await mirror(desk.fleet, 'gone', ['bad']);

    const idsOf = async (...argv: string[]): Promise<string[]> =>
      (await desk.json('runs', ...argv)).runs.map(({ id }: { id: string }) => id);
    expect(await idsOf()).toEqual([other, second, first]);
    expect(await idsOf('app')).toEqual([second, first]);
    expect(await idsOf('--limit', '1', '--task', 'app', 'gone')).toEqual([other]);
    expect(await idsOf('app', '--failed')).toEqual([first]);
    expect(await idsOf('idle')).toEqual([]);
    expect((await desk.call('runs', 'appp')).all).toContain('did you mean "app"?');

    const shown = await desk.json('runs', 'show', first);
    const reference = (host: string, tag: string): string => `${host}.test/app/${first}:${tag}`;
    expect(shown).toEqual({
      run: expect.objectContaining({ id: first, outcome: 'failed', bytesCopied: 1_536 }),
      images: [
        {
          source: reference('source', 'bad'),
          target: reference('target', 'bad'),
          relay: 'direct',
          task: 'app',
          outcome: 'failed',
          attempts: 1,
          error: { code: 'DENIED', kind: 'permanent', message: expect.any(String), side: 'target' },
        },
        {
          source: reference('source', 'good'),
          target: reference('target', 'good'),
          relay: 'direct',
          task: 'app',
          outcome: 'copied',
          attempts: 1,
          digest: DIGEST,
          bytesCopied: 1_536,
        },
      ],
    });
    expect((await desk.json('runs', 'show', first, '--failed')).images).toHaveLength(1);
    expect(await desk.call('runs', 'show', 'nobody')).toMatchObject({
      code: 1,
      all: expect.stringContaining('RUN_UNKNOWN: Redis has no record of a run "nobody"'),
    });

    await expect.poll(async () => (await desk.json('jobs', '--failed')).jobs.length).toBe(2);
    const { jobs } = await desk.json('jobs', '--failed', '--code', 'DENIED', '--task', 'app');
    expect(jobs).toEqual([
      expect.objectContaining({
        runId: first,
        state: 'failed',
        source: reference('source', 'bad'),
        attempts: 1,
      }),
    ]);
    expect(await desk.json('jobs', '--failed', '--code', 'TOO_SLOW')).toEqual({ jobs: [] });
    expect(await desk.json('jobs')).toEqual({ jobs: [] });
    expect(await desk.call('jobs', '--code', 'DENIE')).toMatchObject({ code: 2 });
  });

  it('says by status why: the last error, what is paused, what has never succeeded, which worker is missing', async () => {
    await using desk = await openDesk();
    await desk.fleet.schedules.fireStartTasks([{ task: 'idle', fingerprint: '1' }], { coldStart: true });
    await mirror(desk.fleet, 'app', ['good', 'bad']);
    await desk.fleet.holds.place({
      scope: { kind: 'registry', registry: 'source.test' },
      cause: 'operator',
      reason: HOSTILE,
      forMs: 7_200_000,
    });
    const heartbeat = await desk.fleet.processes.announce(() => ({
      id: 'worker-1',
      role: 'worker',
      relays: ['direct'],
      concurrency: 4,
      active: 0,
    }));
    expect(await desk.json('status')).toMatchObject({
      workers: [
        { id: 'worker-1', memory: { rssBytes: expect.any(Number), heapLimitBytes: expect.any(Number) } },
      ],
      missing: [],
    });
    expect((await desk.call('status')).out).toMatch(
      /^worker-1 .* MiB(?: of .*)? +\d.* MiB of [\d.]+ [MG]iB$/m,
    );
    await desk.redis.call('DEL', '{regfleet}:process:worker-1');

    const { out } = await desk.call('status');
    const told = out.replaceAll('\n  ', ' ');
    expect(told).toMatch(/^registry source\.test is paused since .*, for another (?:2h00m|1h59m)/m);
    expect(told).toMatch(/^worker worker-1 on .* is missing/m);
    expect(told).toMatch(
      /^app: the last run failed .* ago, 1 of 2 images: DENIED target: the token is refused/m,
    );
    expect(told).toMatch(/^app: has never succeeded$/m);
    expect(told).toMatch(/^idle: has never succeeded, and is known for /m);
    expect(out).not.toMatch(CONTROL);
    const status = await desk.json('status');
    expect(status).toMatchObject({
      holds: [{ scope: { kind: 'registry', registry: 'source.test' }, cause: 'operator' }],
      missing: [{ id: 'worker-1', role: 'worker' }],
    });
    await heartbeat.stop();
    expect((await desk.json('status')).missing).toEqual([]);
  });

  it('shows no control characters, and not much, of what others wrote into Redis', async () => {
    await using desk = await openDesk();
    const { redis } = desk;
    const runId = await mirror(desk.fleet, 'app', ['good', 'bad']);
    const key = (name: string): string => `{regfleet}:${name}`;
    const long = `${HOSTILE}${'z'.repeat(50_000)}`;
    await redis.call('HSET', key(`run:${runId}`), 'reason', long, 'task', HOSTILE);
    await redis.call('RPUSH', key(`run-errors:${runId}`), JSON.stringify({ code: 'X', message: long }), 'x');
    await redis.call('RPUSH', key(`run-images:${runId}`), `1c["${'x'.repeat(50_000)}","","",1,""]`, HOSTILE);
    await redis.call('RPUSH', key(`run-failures:${runId}`), JSON.stringify(['a', 'b', long]));
    await redis.call(
      'RPUSH',
      key(`run-failures:${runId}`),
      `1f${JSON.stringify(['a:1', '', '', 1, 't', HOSTILE, HOSTILE, 's'])}`,
    );
    const failed = key('copy.direct.source.test_to_target.test:failed');
    await redis.call('ZADD', failed, '1', HOSTILE, '2', 'string');
    await redis.call('SADD', key('processes'), HOSTILE);
    for (const argv of [['runs'], ['runs', 'show', runId], ['jobs', '--failed'], ['status']]) {
      for (const flags of [[], ['--json']]) {
        const { code, out } = await desk.call(...argv, ...flags);
        expect(code).toBe(0);
        if (flags.length === 0) expect(out).not.toMatch(CONTROL);
        expect(out.length).toBeLessThan(20_000);
      }
    }
    const { images } = await desk.json('runs', 'show', runId);
    expect(images.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['failed', 'failed', 'copied']);
  });

  it('lets a registry go on that the fleet holds back itself, where it is named, and tells of it else', async () => {
    await using desk = await openDesk();
    const scope = { kind: 'registry', registry: 'source.test' } as const;
    const { holds } = desk.fleet;
    for (const cause of ['operator', 'outage', 'login'] as const)
      await holds.place({ scope, cause, reason: `for ${cause}`, forMs: 3_600_000 });
    const { code, all } = await desk.call('resume', '--all');
    expect({ code, all }).toEqual({
      code: 0,
      all: expect.stringMatching(
        /^registry source\.test: resumed\nwarning: .*held back \(outage\): for outage\nwarning: .*\(login\): for login$/,
      ),
    });
    expect(await desk.json('resume', '--registry', 'source.test')).toEqual([{ scope, lifted: true }]);
    expect(await holds.list()).toEqual([]);
    expect((await desk.call('resume', '--registry', 'source.test')).out).toBe(
      'registry source.test: was not paused',
    );
  });
});
