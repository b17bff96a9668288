import { HandBackError } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { failure, keepingLogger, laneOf, openRun, orders, useFleets } from './queue.fixture.ts';

const LANE = 'copy.direct.source.test_5000_to_target.test';
const NO_LANES = ['', 'runs', 'copy.direct.a', 'copy.direct.a_to_b:c', 'copy.direct.a_to_b/c'];

describe('queue/foreign-entries', () => {
  const fleets = useFleets();

  it('goes on when lanes are announced that can be none', async () => {
    const fleet = await fleets.connect();
    const { signals } = fleet.internals;
    fleets.copies({ fleet });
    for (const name of NO_LANES) await signals.send('lane', name);
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(1));
    await fleet.runs.finishExpansion(runId, []);
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ copied: 1 });
  });

  it('tells every listener of a signal, also when one of them throws', async () => {
    const { logger, lines } = keepingLogger();
    const { signals } = (await fleets.connect(logger)).internals;
    const heard: string[] = [];
    signals.listen((kind) => {
      if (kind === 'run') throw new Error('no');
    });
    signals.listen((kind, id) => heard.push(`${kind} ${id}`));
    await eventually(() => heard.length > 0);
    await signals.send('run', 'one');
    await eventually(() => heard.includes('run one'));
    expect(lines).toEqual([expect.stringContaining('a signal could not be followed')]);
  });

  it('leaves names out that can be of no lane, and tells of them once', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const { client, keys } = fleet.internals;
    await client.sadd(keys.lanes, LANE, ...NO_LANES);
    expect(await fleet.lanes.list()).toEqual([LANE]);
    expect(await fleet.lanes.status()).toMatchObject([{ lane: LANE }]);
    expect(await fleet.lanes.depths()).toMatchObject([{ queue: 'runs' }, { queue: LANE }]);
    expect(lines).toEqual([expect.stringContaining(keys.lanes)]);
  });

  it('reads a run with errors that are none, and the runs beside it', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const { client, keys } = fleet.internals;
    const [broken, other, wrongType] = [await openRun(fleet, 'b'), await openRun(fleet, 'o'), 'string'];
    await client.rpush(keys.runErrors(broken), 'garbage', '{}', JSON.stringify(failure('DENIED')));
    await client.set(keys.run(wrongType), 'x');
    await client.zadd(keys.allRuns, 1, wrongType);
    for (const runId of [broken, other]) await fleet.runs.finishExpansion(runId, []);
    await client.rpush(keys.endedRuns, wrongType);
    expect(await fleet.runs.get(broken)).toMatchObject({ outcome: 'failed', errors: [{ code: 'DENIED' }] });
    expect((await fleet.runs.list({ limit: 9 })).map(({ id }) => id).sort()).toEqual([broken, other].sort());
    expect(await fleet.schedules.status(['b', 'o'])).toMatchObject([
      { lastRun: { id: broken } },
      { lastRun: { id: other } },
    ]);
    const ended: string[] = [];
    const stop = await fleet.runs.watchEnded(({ id }) => {
      ended.push(id);
      throw new Error('no');
    });
    fleets.onCleanUp(stop);
    await eventually(() => ended.length === 2);
    expect(lines.filter((line) => line.includes(keys.runErrors(broken)))).toHaveLength(1);
    expect(lines.filter((line) => line.includes(keys.run(wrongType)))).toHaveLength(1);
  });

  it('keeps what others wrote into a run short', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    await client.hset(keys.run('long'), { trigger: 'start', startedAtMs: 1, task: 'x'.repeat(5_000_000) });
    expect((await fleet.runs.get('long'))?.task?.length).toBeLessThan(2_000);
    await client.hset(keys.run('late'), { trigger: 'start', startedAtMs: '9e99' });
    expect(await fleet.runs.get('late')).toBeUndefined();
  });

  it('keeps schedules and tells of tasks beside entries that are none', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const { client, keys, queues } = fleet.internals;
    const repeat = queues.runs.toKey('repeat');
    const spec = { task: 'a', fingerprint: 'f', everyMs: 3_600_000 };
    for (const task of ['a', 'evil', 'wrong']) await client.zadd(repeat, '+inf', task);
    await client.hset(`${repeat}:a`, { name: 'run', data: 'not json', every: 'x' });
    await client.hset(`${repeat}:evil`, { name: 'run', data: 'not json', opts: 'nor this' });
    await client.set(`${repeat}:wrong`, 'x');
    await client.set(keys.task('a'), 'x');
    await client.hset(keys.task('b'), 'lastSuccessAtMs', 'abc');
    expect(await fleet.schedules.status(['a', 'b'])).toEqual([{ task: 'a' }, { task: 'b' }]);
    expect(await fleet.schedules.reconcile([spec])).toMatchObject({ added: ['a'], failed: [] });
    expect(await fleet.schedules.next('a')).toBeGreaterThan(0);
    expect(await client.zscore(repeat, 'evil')).toBeNull();
    for (const key of [`${repeat}:a`, `${repeat}:evil`, `${repeat}:wrong`, keys.task('a'), keys.task('b')])
      expect(lines.filter((line) => line.includes(JSON.stringify(key)))).toHaveLength(1);
    await client.set(repeat, 'x');
    expect(await fleet.schedules.status(['b'])).toEqual([{ task: 'b' }]);
    await expect(fleet.schedules.reconcile([spec])).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: expect.stringContaining(repeat),
    });
  });

  it('claims a task of which others wrote what is no time and no run', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    const claim = (runId: string) =>
      fleet.runs.claim({ runId, task: 't', trigger: 'schedule' }, { minimumPauseMs: 60_000 });
    await client.set(keys.run('string'), 'x');
    await client.hset(keys.task('t'), { lastEndedAtMs: 'abc', activeRunId: 'string' });
    expect(await claim('one')).toBe('started');
    await client.zadd(keys.runsOf('t'), ...Array.from({ length: 60 }, (_, at) => [at, `old${at}`]).flat());
    await client.set(keys.run('old0'), 'x');
    await fleet.runs.finishExpansion('one', []);
    await client.hset(keys.task('t'), { lastEndedAtMs: '9e15' });
    expect(await claim('two')).toBe('started');
    await client.del(keys.task('t'));
    await client.set(keys.task('t'), 'x');
    await expect(claim('three')).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE', kind: 'config' });
  });

  it('lists the processes beside those that cannot be read', async () => {
    const { logger, lines } = keepingLogger();
    const { processes, internals } = await fleets.connect(logger);
    const { client, keys } = internals;
    const times = { startedAtMs: 1, seenAtMs: 2 };
    const status = {
      id: 'a',
      host: 'h',
      pid: 1,
      role: 'worker',
      relays: [],
      concurrency: 1,
      active: 0,
    } as const;
    await processes.beat({ ...status, ...times });
    await processes.beat({ ...status, ...times, id: 'late', startedAtMs: 9e99 });
    await client.sadd(keys.processes, 'evil', 'gone');
    await client.set(keys.process('evil'), 'not json');
    expect(await processes.list()).toEqual([{ ...status, ...times }]);
    for (const id of ['evil', 'late'])
      expect(lines.filter((line) => line.includes(keys.process(id)))).toHaveLength(1);
  });

  it('sweeps past runs and lanes that cannot be read, and settles a job on what can be no lane', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    const forged = { trigger: 'start', startedAtMs: 1, expanded: 1, pending: 1 };
    await client.sadd(keys.activeRuns, 'string', 'forged', 'count');
    await client.set(keys.run('string'), 'x');
    await client.hset(keys.run('forged'), { ...forged, task: 't', 'lane#1': 'a:b' });
    await client.hset(keys.runJobs('forged'), 'job', 1);
    await client.hset(keys.run('count'), { ...forged, 'lane#1': LANE, pending: 'abc' });
    await client.hset(keys.runJobs('count'), 'job', 1);
    await client.sadd(keys.lanes, LANE);
    await client.set(`${keys.root}${LANE}:completed`, 'x');
    await client.set(keys.tasks, 'x');
    await client.hset(keys.run('old'), forged);
    await client.zadd(keys.allRuns, 1, 'old');
    expect(await fleet.sweep()).toMatchObject({ settledJobs: 1 });
    expect(await fleet.runs.get('forged')).toMatchObject({
      outcome: 'failed',
      errors: [{ code: 'JOB_LOST' }],
    });
    expect(await client.zscore(keys.allRuns, 'old')).toBeNull();
  });

  it('cancels a run with jobs on what can be no lane', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    const runId = await openRun(fleet);
    await client.hset(keys.run(runId), { 'lane#1': 'a:b' });
    await client.hset(keys.runJobs(runId), { one: 1, two: 2 });
    expect(await fleet.runs.cancel(runId)).toBe(true);
  });

  it('names the key of records that are none', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    await client.set(keys.records, 'x');
    const key = { target: 'target.test/a:v1', platform: '' };
    const wrong = {
      code: 'REDIS_UNSUITABLE',
      kind: 'config',
      message: expect.stringContaining(keys.records),
    };
    await expect(fleet.records.get(key)).rejects.toMatchObject(wrong);
  });

  it('depths and states of lanes are told beside those that cannot be read', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const { client, keys } = fleet.internals;
    const broken = laneOf({ registry: 'broken.test' });
    await client.sadd(keys.lanes, LANE, broken);
    await client.set(`${keys.root}${broken}:prioritized`, 'x');
    expect((await fleet.lanes.depths()).map(({ queue }) => queue)).toEqual(['runs', LANE]);
    expect((await fleet.lanes.status()).map(({ lane }) => lane)).toEqual([LANE]);
    expect(lines).toEqual([expect.stringContaining(keys.root + broken)]);
    await client.del(keys.lanes);
    await client.set(keys.lanes, 'x');
    expect((await fleet.lanes.depths()).map(({ queue }) => queue)).toEqual(['runs']);
  });

  it('ends jobs whose times somebody has chosen', async () => {
    const fleet = await fleets.connect();
    const { client, queues } = fleet.internals;
    const runId = await openRun(fleet);
    await fleet.lanes.pause(LANE);
    await fleet.runs.enqueueAll(runId, orders(2));
    await fleet.runs.finishExpansion(runId, []);
    const [queued, handedBack] = await queues.get(LANE).getPrioritized(0, 1);
    await client.hset(queues.get(LANE).toKey(queued?.id ?? ''), 'timestamp', '9e15');
    await handedBack?.updateData({ ...handedBack.data, backS: 1e15 });
    const limit = { limitMs: 600_000, error: failure('NOT_IN_CONFIG') };
    fleets.copies({ fleet, copy: () => Promise.reject(new HandBackError(3_600_000, 'not here', limit)) });
    await fleet.lanes.resume(LANE);
    await eventually(async () => (await fleet.runs.get(runId))?.counts.failed === 1);
    await eventually(async () => (await fleet.lanes.status())[0]?.delayed === 1);
    const [delayed] = await queues.get(LANE).getDelayed();
    expect(delayed?.id).toBe(handedBack?.id);
    expect(delayed?.data.backS).toBeLessThanOrEqual(Date.now() / 1000);
  });
});
