import { fakedClock, fillRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { plain, Site } from './site.ts';

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

interface Status {
  readonly tasks: readonly {
    readonly task: string;
    readonly nextAtMs: number;
    readonly lastRun?: { readonly startedAtMs: number; readonly outcome?: string };
  }[];
}

describe('system/clock', () => {
  it('goes on with its tasks after the clock was a month ahead, and calls them overdue without a scheduler', async (context) => {
    const clock = await fakedClock();
    if (clock === undefined) return context.skip("Debian's faketime is not installed");
    await using site = await Site.start();
    site.keep(clock);
    await fillRegistry(site.source, [{ repository: 'app', tags: ['1'] }]);
    const places = { source: plain(site.source), target: plain(site.target), mappings: [{ from: 'app' }] };
    const config = {
      relay: 'direct',
      tasks: [
        { name: 'cron', schedule: '* * * * * *', ...places },
        { name: 'interval', interval: 30, ...places },
      ],
    };
    const now = await site.command(config);
    const scheduler = await site.serve(await site.command(config, clock.env), 'scheduler');
    await site.serve(now, 'worker');
    const tasks = async () => {
      const status = (await now.json(['status'])) as Status;
      return Object.fromEntries(status.tasks.map(({ task, ...rest }) => [task, rest]));
    };
    const patience = { timeout: 60_000, interval: 300 };
    await expect.poll(async () => (await tasks()).cron?.lastRun?.outcome, patience).toBe('succeeded');

    await clock.setAheadMs(MONTH_MS);
    const nearlyThen = Date.now() + MONTH_MS - 60_000;
    await expect.poll(async () => (await tasks()).cron?.nextAtMs, patience).toBeGreaterThan(nearlyThen);
    await expect.poll(async () => (await tasks()).interval?.nextAtMs, patience).toBeGreaterThan(nearlyThen);
    await clock.setAheadMs(0);
    const correctedAtMs = Date.now();

    scheduler.process.kill('SIGHUP');
    await scheduler.process.waitForLine(/"task":"cron".*a schedule was dead and has been set again/, 30_000);
    for (const task of ['cron', 'interval']) {
      await expect
        .poll(async () => {
          const run = (await tasks())[task]?.lastRun;
          return (
            run?.outcome === 'succeeded' && run.startedAtMs >= correctedAtMs && run.startedAtMs < nearlyThen
          );
        }, patience)
        .toBe(true);
      expect((await tasks())[task]?.nextAtMs).toBeLessThan(Date.now() + 60_000);
    }

    expect((await now.run(['status'])).stdout).not.toContain('overdue');
    await scheduler.process.stop();
    await clock.setAheadMs(60 * 60 * 1000);
    const { stdout } = await (await site.command(config, clock.env)).run(['status']);
    expect(stdout).toMatch(/^cron +overdue by (59|60|1h)/m);
    expect(stdout).toContain('no run has begun when it should have: cron, interval;');
  });
});
