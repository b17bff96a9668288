import { type Logger, silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from './metrics.ts';

/** Samples of a metric by their labels, as exposed. */
async function samples(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const lines = (await metrics.expose()).split('\n');
  const found = lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    found.map((line) => [
      line.slice(name.length, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' '))),
    ]),
  );
}

describe('runtime/metrics/metrics', () => {
  it('counts an ended run, its duration and its success', async () => {
    const metrics = createMetrics();
    metrics.runFinished({ task: 'web', outcome: 'succeeded', startedAtMs: 10_000, finishedAtMs: 12_500 });
    expect(await samples(metrics, 'regfleet_runs_total')).toEqual({ '{task="web",outcome="succeeded"}': 1 });
    expect(await samples(metrics, 'regfleet_run_duration_seconds_sum')).toEqual({ '{task="web"}': 2.5 });
    expect(await samples(metrics, 'regfleet_task_last_success_timestamp_seconds')).toEqual({
      '{task="web"}': 12.5,
    });
  });

  it('takes a failed run for no success and a skipped one for no duration', async () => {
    const metrics = createMetrics();
    metrics.runFinished({ task: 'web', outcome: 'failed', startedAtMs: 0, finishedAtMs: 1_000 });
    metrics.runFinished({ task: 'web', outcome: 'skipped', startedAtMs: 0, finishedAtMs: 0 });
    expect(await samples(metrics, 'regfleet_task_last_success_timestamp_seconds')).toEqual({});
    expect(await samples(metrics, 'regfleet_run_duration_seconds_count')).toEqual({ '{task="web"}': 1 });
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

  it('keeps two processes of one test apart', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.retried('retryable');
    expect(await samples(other, 'regfleet_retries_total')).toEqual({});
  });
});
