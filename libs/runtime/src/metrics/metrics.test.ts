import { type Logger, silentLogger } from '@regfleet/model';
import { describe, expect, it, vi } from 'vitest';
import { createMetrics, type Metrics } from './metrics.ts';
import type { TaskState } from './task-gauges.ts';

const LAST_SUCCESS = 'regfleet_task_last_success_timestamp_seconds';

/** Samples of a metric by their labels, as exposed. */
async function samples(metrics: Metrics, name: string): Promise<Record<string, number>> {
  return read(await metrics.expose(), name);
}

function read(exposed: string, name: string): Record<string, number> {
  const lines = exposed.split('\n');
  const found = lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    found.map((line) => [
      line.slice(name.length, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' '))),
    ]),
  );
}

describe('runtime/metrics/metrics', () => {
  it('counts an ended run and its duration', async () => {
    const metrics = createMetrics();
    metrics.runFinished({ task: 'web', outcome: 'succeeded', startedAtMs: 10_000, finishedAtMs: 12_500 });
    expect(await samples(metrics, 'regfleet_runs_total')).toEqual({ '{task="web",outcome="succeeded"}': 1 });
    expect(await samples(metrics, 'regfleet_run_duration_seconds_sum')).toEqual({ '{task="web"}': 2.5 });
  });

  it('takes a skipped run for no duration, and one that ended before it began for none that counts back', async () => {
    const metrics = createMetrics();
    metrics.runFinished({ task: 'web', outcome: 'failed', startedAtMs: 1_000, finishedAtMs: 0 });
    metrics.runFinished({ task: 'web', outcome: 'skipped', startedAtMs: 0, finishedAtMs: 0 });
    expect(await samples(metrics, 'regfleet_run_duration_seconds_count')).toEqual({ '{task="web"}': 1 });
    expect(await samples(metrics, 'regfleet_run_duration_seconds_sum')).toEqual({ '{task="web"}': 0 });
  });

  it('counts a copy under way until it is ended, once', async () => {
    const metrics = createMetrics();
    metrics.copyStarted('direct');
    const end = metrics.copyStarted('direct');
    end();
    end();
    expect(await samples(metrics, 'regfleet_copies_active')).toEqual({ '{relay="direct"}': 1 });
  });

  it('tells at every scrape when Redis last answered, and 0 before it did', async () => {
    const metrics = createMetrics();
    const name = 'regfleet_redis_answered_timestamp_seconds';
    expect(await samples(metrics, name)).toEqual({ '': 0 });
    let answeredAtMs = 1_500;
    metrics.observeRedis(() => answeredAtMs);
    expect(await samples(metrics, name)).toEqual({ '': 1.5 });
    answeredAtMs = 3_000;
    expect(await samples(metrics, name)).toEqual({ '': 3 });
  });

  it('tells at every scrape what is held back, by cause, and 0 of each before that', async () => {
    const metrics = createMetrics();
    const none = { '{cause="operator"}': 0, '{cause="outage"}': 0, '{cause="login"}': 0 };
    expect(await samples(metrics, 'regfleet_holds')).toEqual(none);
    metrics.observeHolds(() => [{ cause: 'outage' }, { cause: 'operator' }, { cause: 'outage' }]);
    expect(await samples(metrics, 'regfleet_holds')).toEqual({
      ...none,
      '{cause="operator"}': 1,
      '{cause="outage"}': 2,
    });
  });

  it('leaves labels empty that an error does not know', async () => {
    const metrics = createMetrics();
    metrics.copyFailedAttempt({ kind: 'retryable', code: 'INTERNAL', message: 'odd' });
    expect(await samples(metrics, 'regfleet_copy_errors_total')).toEqual({
      '{registry="",side="",kind="retryable",code="INTERNAL"}': 1,
    });
  });

  it('asks for queue depths at every scrape and forgets queues that are gone', async () => {
    const metrics = createMetrics();
    const answers = ['first', 'second'].map((queue) => [
      { queue, waiting: 1, active: 0, delayed: 0, failed: 0 },
    ]);
    metrics.observeQueues(() => Promise.resolve(answers.shift() ?? []), silentLogger);
    expect(await samples(metrics, 'regfleet_queue_jobs')).toMatchObject({
      '{queue="first",state="waiting"}': 1,
    });
    const second = await samples(metrics, 'regfleet_queue_jobs');
    expect(Object.keys(second).filter((labels) => labels.includes('first'))).toEqual([]);
    expect(second).toMatchObject({ '{queue="second",state="waiting"}': 1 });
  });

  it('exposes the rest when queue depths are not to be had', async () => {
    const metrics = createMetrics();
    const warned: object[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields) => void warned.push(fields) };
    metrics.observeQueues(() => Promise.reject(new Error('no redis')), logger);
    metrics.retried('retryable');
    expect(await samples(metrics, 'regfleet_retries_total')).toEqual({ '{kind="retryable"}': 1 });
    expect(await samples(metrics, 'regfleet_queue_jobs')).toEqual({});
    expect(warned).not.toEqual([]);
  });

  it('tells of alike failures in a row once for all gauges, and again once one reading was good', async () => {
    const metrics = createMetrics();
    const warned: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_, message) => void warned.push(message) };
    let isRefused = true;
    const read = (): Promise<never[]> =>
      isRefused ? Promise.reject(new Error('refused')) : Promise.resolve([]);
    metrics.observeQueues(read, logger);
    metrics.observeTasks(read, logger);
    const twice = async (): Promise<number> => {
      await metrics.expose();
      await metrics.expose();
      return warned.length;
    };
    expect(await twice()).toBe(2);
    isRefused = false;
    await twice();
    isRefused = true;
    expect(await twice()).toBe(4);
    expect(new Set(warned).size).toBe(2);
  });

  it('asks Redis no second time while it owes an answer, but for one that is lost', async () => {
    vi.useFakeTimers();
    try {
      const metrics = createMetrics();
      const asked: string[] = [];
      const away = (what: string) => () => {
        asked.push(what);
        return new Promise<never>(() => undefined);
      };
      metrics.observeQueues(away('depths'), silentLogger);
      metrics.observeTasks(away('times'), silentLogger);
      const scrape = async (): Promise<void> => {
        const exposed = metrics.expose();
        await vi.advanceTimersByTimeAsync(3_000);
        expect(await exposed).toContain('process_');
      };
      for (let minute = 0; minute < 5; minute += 1) {
        await scrape();
        expect(asked).toEqual(['depths', 'times']);
        await vi.advanceTimersByTimeAsync(57_000);
      }
      await vi.advanceTimersByTimeAsync(1_000);
      await scrape();
      expect(asked).toEqual(['depths', 'times', 'depths', 'times']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('tells of the tasks that there are: since when they are behind, and when they run next', async () => {
    const metrics = createMetrics();
    const answers: TaskState[][] = [
      [
        { task: 'healthy', lastSuccessAtMs: 5_000, knownSinceMs: 1_000, nextAtMs: 9_000 },
        { task: 'never succeeded', knownSinceMs: 2_000 },
        { task: 'of a clock that was ahead', lastSuccessAtMs: Date.now() + 1_000_000_000 },
        { task: 'unknown so far' },
      ],
      [{ task: 'healthy', lastSuccessAtMs: 6_000, nextAtMs: 9_000 }],
    ];
    metrics.observeTasks(
      () => (answers.length > 0 ? Promise.resolve(answers.shift() ?? []) : Promise.reject(new Error('gone'))),
      silentLogger,
    );
    const first = await metrics.expose();
    expect(read(first, LAST_SUCCESS)).toMatchObject({
      '{task="healthy"}': 5,
      '{task="never succeeded"}': 2,
    });
    expect(read(first, LAST_SUCCESS)['{task="of a clock that was ahead"}']).toBeLessThanOrEqual(
      Date.now() / 1000,
    );
    expect(Object.keys(read(first, LAST_SUCCESS))).toHaveLength(3);
    expect(read(first, 'regfleet_task_next_run_timestamp_seconds')).toEqual({ '{task="healthy"}': 9 });
    for (const scrape of ['with the others removed', 'with Redis away']) {
      expect({ scrape, ...(await samples(metrics, LAST_SUCCESS)) }).toEqual({
        scrape,
        '{task="healthy"}': 6,
      });
    }
  });

  it('tells of a task what is known of it, and nothing of what is not', async () => {
    const metrics = createMetrics();
    const info = { relay: 'direct', source: 'a.test', target: 'b.test', schedule: '' };
    metrics.observeTasks(
      () =>
        Promise.resolve([
          { task: 'unknown', info },
          {
            task: 'behind',
            info,
            lagMs: 1_500,
            lastSuccessAtMs: 1,
            knownSinceMs: 1,
            images: { behind: 2, unknown: 0 },
            vanished: { moved: { count: 2, sinceMs: 3_000 } },
          },
          { task: 'never', knownSinceMs: 2_000, lagMs: 0, images: { 'in-sync': 3, behind: 0, unknown: 0 } },
        ]),
      silentLogger,
    );
    const text = await metrics.expose();
    expect(read(text, 'regfleet_task_lag_seconds')).toEqual({ '{task="behind"}': 1.5, '{task="never"}': 0 });
    expect(read(text, 'regfleet_task_images')).toEqual({
      '{task="behind",state="behind"}': 2,
      '{task="behind",state="unknown"}': 0,
      '{task="never",state="in-sync"}': 3,
      '{task="never",state="behind"}': 0,
      '{task="never",state="unknown"}': 0,
    });
    expect(read(text, 'regfleet_task_vanished')).toMatchObject({
      '{task="unknown",state="gone"}': 0,
      '{task="behind",state="gone"}': 0,
      '{task="behind",state="moved"}': 2,
    });
    expect(read(text, 'regfleet_task_vanished_since_timestamp_seconds')).toEqual({
      '{task="behind",state="moved"}': 3,
    });
    expect(Object.keys(read(text, 'regfleet_task_info'))).toEqual([
      '{task="unknown",relay="direct",source="a.test",target="b.test",schedule=""}',
      '{task="behind",relay="direct",source="a.test",target="b.test",schedule=""}',
    ]);
    expect(read(text, 'regfleet_task_never_succeeded_since_timestamp_seconds')).toEqual({
      '{task="never"}': 2,
    });
    expect(read(text, 'regfleet_runs_total')).toMatchObject({ '{task="unknown",outcome="failed"}': 0 });
  });

  it('counts copies and bytes of what the config copies from 0', async () => {
    const metrics = createMetrics();
    metrics.observeRoutes(() => [{ task: 'web', relay: 'direct', source: 'a.test', target: 'b.test' }]);
    const bytes = { '{registry="a.test",side="source"}': 0, '{registry="b.test",side="target"}': 0 };
    expect(await samples(metrics, 'regfleet_copied_bytes_total')).toEqual(bytes);
    expect(await samples(metrics, 'regfleet_copies_total')).toMatchObject({
      '{task="web",relay="direct",outcome="failed"}': 0,
    });
    metrics.bytesCopied({ source: 'a.test', target: 'b.test' }, 7);
    expect(await samples(metrics, 'regfleet_copied_bytes_total')).toEqual({
      '{registry="a.test",side="source"}': 7,
      '{registry="b.test",side="target"}': 7,
    });
  });

  it('tells of the memory of Redis and of processes once that is known, and as before while it is not', async () => {
    const metrics = createMetrics();
    const missing = { role: 'worker', state: 'missing' } as const;
    const answers = [undefined, { processes: [missing], memory: { usedBytes: 5 } }];
    metrics.observeFleet(() => Promise.resolve(answers.shift()), silentLogger);
    expect(await samples(metrics, 'regfleet_redis_memory_used_bytes')).toEqual({});
    for (const _ of ['known', 'not known any more']) {
      const text = await metrics.expose();
      expect(read(text, 'regfleet_redis_memory_used_bytes')).toEqual({ '': 5 });
      expect(read(text, 'regfleet_redis_memory_limit_bytes')).toEqual({});
      expect(read(text, 'regfleet_processes')).toMatchObject({
        '{role="worker",state="missing"}': 1,
        '{role="worker",state="live"}': 0,
      });
    }
  });

  it('tells whether the config that was read last is in force, and since when one is', async () => {
    const metrics = createMetrics();
    const since = 'regfleet_config_last_reload_success_timestamp_seconds';
    metrics.configRead(true);
    const before = await samples(metrics, since);
    metrics.configRead(false);
    expect(await samples(metrics, since)).toEqual(before);
    expect(await samples(metrics, 'regfleet_config_last_reload_successful')).toEqual({ '': 0 });
  });

  it('counts the empty filters of each task from 0, so that those of its first run are an increase', async () => {
    const metrics = createMetrics();
    metrics.observeTasks(() => Promise.resolve([{ task: 'web' }]), silentLogger);
    await metrics.expose();
    expect(await samples(metrics, 'regfleet_empty_filters_total')).toEqual({ '{task="web"}': 0 });
    const run = { task: 'web', outcome: 'succeeded', startedAtMs: 0, finishedAtMs: 1 } as const;
    metrics.runFinished({ ...run, counts: { emptyFilters: 2 } });
    expect(await samples(metrics, 'regfleet_empty_filters_total')).toEqual({ '{task="web"}': 2 });
  });

  it('forgets every series of tasks and registries that are no longer named', async () => {
    const metrics = createMetrics();
    for (const name of ['kept', 'gone', ''])
      for (const outcome of ['succeeded', 'failed'] as const) {
        metrics.runFinished({ task: name, outcome, startedAtMs: 0, finishedAtMs: 1_000 });
        metrics.copyFinished({ task: name, relay: 'direct', outcome: 'failed', durationMs: 1 });
        metrics.copyFinished({ task: name, relay: 'skopeo', outcome: 'copied', durationMs: 1 });
      }
    for (const registry of ['kept', 'gone', 'other']) {
      metrics.requestSent({ registry, method: 'HEAD', code: '200' });
      metrics.copyFailedAttempt({ kind: 'retryable', code: 'INTERNAL', message: '', registry });
    }
    const before = (await metrics.expose()).split('\n').filter((line) => !line.includes('gone'));
    metrics.nameOnly({ task: (id) => id === 'kept', registry: (host) => host === 'kept' });
    const ofOurs = (lines: readonly string[]): string[] =>
      lines.filter((line) => line.startsWith('regfleet_'));
    expect(ofOurs((await metrics.expose()).split('\n'))).toEqual(ofOurs(before));
  });

  it('keeps two processes of one test apart', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.retried('retryable');
    expect(await samples(other, 'regfleet_retries_total')).toEqual({});
  });
});
