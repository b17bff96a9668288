import { fillRegistry, runCommand } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { plain, Site } from './site.ts';

describe('system/metrics', () => {
  it('tells what was done on both services, in a form that promtool accepts', async () => {
    await using site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: ['1', '2', '3'] }]);
    const task = { schedule: '0 0 1 1 *', source: plain(site.source), target: plain(site.target) };
    const regfleet = await site.command({
      relay: 'skopeo',
      retries: { attempts: 2, backoff: '10ms' },
      tasks: [
        {
          ...task,
          name: 'app',
          mappings: [
            { from: 'app' },
            { from: 'app', to: 'other', tags: ['nowhere'] },
            { from: 'app', to: 'none', tags: ['semver: >=9.0.0'] },
          ],
        },
      ],
    });
    const scheduler = await site.serve(regfleet, 'scheduler');
    const worker = await site.serve(regfleet, 'worker');

    const { code, stdout } = await regfleet.run(['enqueue', 'app', '--wait', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { outcome: 'failed', counts: { enqueued: 4, copied: 3, failed: 1, emptyFilters: 1 } },
    ]);

    await expect
      .poll(() => scrape(scheduler.url), { timeout: 30_000 })
      .toMatch(/^regfleet_runs_total\{task="app",outcome="failed"\} 1$/m);
    const ofScheduler = await scrape(scheduler.url);
    const ofWorker = await scrape(worker.url);

    await scheduler.process.waitForLine(
      /(?=.*"task":"app").*0 of 3 tags of [^ ]+\/app chosen by tags: semver: >=9\.0\.0/,
    );
    expect((await regfleet.run(['status'])).stdout).toMatch(/^app .* failed, 1 empty filter /m);
    expect(numberOf(ofScheduler, 'regfleet_task_vanished{task="app",state="gone"}')).toBe(1);
    expect(numberOf(ofScheduler, 'regfleet_task_vanished{task="app",state="moved"}')).toBe(0);
    expect((await regfleet.run(['status'])).stdout).toMatch(
      /^app: tag \S+\/app:nowhere is gone at the source/m,
    );
    expect(numberOf(ofScheduler, 'regfleet_empty_filters_total{task="app"}')).toBe(1);
    expect(numberOf(ofScheduler, 'regfleet_run_duration_seconds_count{task="app"}')).toBe(1);
    expect(ofScheduler).toMatch(/^regfleet_queue_jobs\{queue="runs",state="waiting"\} 0$/m);
    expect(numberOf(ofWorker, 'regfleet_copies_total{task="app",relay="skopeo",outcome="copied"}')).toBe(3);
    expect(numberOf(ofWorker, 'regfleet_copies_total{task="app",relay="skopeo",outcome="failed"}')).toBe(1);
    expect(numberOf(ofWorker, 'regfleet_copy_duration_seconds_count{task="app",relay="skopeo"}')).toBe(4);
    expect(numberOf(ofWorker, 'regfleet_copies_active{relay="skopeo"}')).toBe(0);
    const labels = `registry="${site.source.host}",side="source",kind="permanent",code="MANIFEST_UNKNOWN"`;
    expect(numberOf(ofWorker, `regfleet_copy_errors_total{${labels}}`)).toBe(1);
    expect(ofScheduler).toMatch(
      /^regfleet_registry_requests_total\{registry="[^"]+",method="HEAD",code="200"\} [1-9]/m,
    );
    expect(ofWorker).not.toContain('regfleet_queue_jobs{');
    for (const text of [ofScheduler, ofWorker]) {
      const checked = await runCommand(['promtool', 'check', 'metrics'], { input: text });
      expect(checked).toEqual({ code: 0, stdout: '', stderr: '' });
    }

    const fixed = await site.command({
      relay: 'skopeo',
      tasks: [{ ...task, name: 'app', mappings: [{ from: 'app' }] }],
    });
    scheduler.process.kill('SIGHUP');
    await scheduler.process.waitForLine(/config reloaded/);
    await fixed.runTask('app');
    await expect
      .poll(() => scrape(scheduler.url), { timeout: 30_000 })
      .toMatch(/^regfleet_task_last_success_timestamp_seconds\{task="app"\} \d{10}/m);
    expect(numberOf(await scrape(scheduler.url), 'regfleet_task_vanished{task="app",state="gone"}')).toBe(0);
  });
});

const scrape = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

/** The value of one line of the exposition; NaN where there is none. */
function numberOf(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
}
