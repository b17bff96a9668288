import { countingProxy, eventually, fillRegistry, type Regfleet, startDockerd } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { type EndlessSource, startEndlessSource } from './endless-source.ts';
import { plain, type Run, Site } from './site.ts';

const isRoot = process.getuid?.() === 0;
const RELAYS = isRoot ? ['direct', 'skopeo', 'docker'] : ['direct', 'skopeo'];
const title = isRoot ? 'system/control' : 'system/control (docker skipped: its daemon needs root)';

// None of its copies ends by itself.
const NO_GRACE = ['--grace', '0'];

/** Two seconds, and what a busy machine takes. */
const SOON = { deadlineMs: 4_000, intervalMs: 20 };

interface Fired {
  readonly task: string;
  readonly run: string;
}

/** A scheduler and a worker that copy an image without end by each relay, as tasks of the relays' names. */
async function mirror(site: Site, relays: readonly string[]) {
  const source = site.keep(await startEndlessSource());
  const docker = relays.includes('docker')
    ? { docker: { dockerhost: site.keep(await startDockerd()).host } }
    : {};
  const task = (relay: string): object => ({
    name: relay,
    relay,
    schedule: '0 0 1 1 *',
    source: { registry: source.host, 'skip-tls-verify': true },
    target: plain(site.target),
    mappings: [{ from: relay, tags: ['v1'] }],
  });
  const config = { ...docker, retries: { attempts: 1 }, tasks: relays.map(task) };
  const regfleet = await site.command(config);
  const scheduler = await site.serve(regfleet, 'scheduler', NO_GRACE);
  await site.serve(regfleet, 'worker', NO_GRACE);
  const fire = async (...names: string[]): Promise<Fired[]> => {
    const fired = (await regfleet.json(['enqueue', ...names])) as Fired[];
    await underWay(source, names);
    return fired;
  };
  return { source, regfleet, scheduler, fire, config };
}

const underWay = (source: EndlessSource, relays: readonly string[]): Promise<unknown> =>
  eventually(() => source.downloads().join() === [...relays].sort().join(), {
    deadlineMs: 30_000,
    what: `downloads of ${relays.join()}`,
  });

const lastRun = async (regfleet: Regfleet, name: string): Promise<Run | undefined> => {
  const { tasks } = (await regfleet.json(['status'])) as { tasks: { task: string; lastRun?: Run }[] };
  return tasks.find(({ task }) => task === name)?.lastRun;
};

describe(title, () => {
  it('cancels a copy in the middle of 10 GiB within two seconds, by each relay', async () => {
    await using site = await Site.start();
    const { source, regfleet, fire } = await mirror(site, RELAYS);
    const runs = (await fire(...RELAYS)).map(({ run }) => run);
    const { code, stdout } = await regfleet.run(['cancel', ...runs]);
    const endedAtMs = performance.now();
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: runs.map((run) => `run ${run}: cancelled\n`).join(''),
    });
    await eventually(() => source.downloads().length === 0, SOON);
    expect(performance.now() - endedAtMs).toBeLessThan(2_000);
    for (const relay of RELAYS)
      expect(await lastRun(regfleet, relay)).toMatchObject({
        outcome: 'cancelled',
        counts: { skipped: 1, failed: 0 },
      });
    const again = await regfleet.run(['cancel', runs[0] ?? '']);
    expect(again).toMatchObject({ code: 0, stdout: `run ${runs[0]}: was cancelled before\n` });
    const unknown = await regfleet.run(['cancel', 'nobody', runs[0] ?? '', '--json']);
    expect(unknown.code).toBe(1);
    expect(JSON.parse(unknown.stdout)).toEqual([
      { id: 'nobody', result: 'unknown' },
      { id: runs[0], result: 'ended', outcome: 'cancelled' },
    ]);
  });

  it('pauses a registry, hands back at once with --now, and goes on when it is resumed', async () => {
    await using site = await Site.start();
    const { source, regfleet, fire } = await mirror(site, RELAYS);
    await fire('direct', 'skopeo');
    const held = ['--registry', source.host];
    const paused = await regfleet.run(['pause', ...held, '--reason', 'they move house', '--for', '2h']);
    expect(paused.code).toBe(0);
    expect(paused.stdout).toMatch(/^registry 127\.0\.0\.1:\d+: paused until .*: they move house\n.* 30 s /);
    const rest = RELAYS.filter((relay) => relay === 'docker');
    await regfleet.json(['enqueue', ...(rest.length > 0 ? rest : ['direct'])]);
    // Copies under way go on meanwhile, and what is fired begins nothing.
    expect(source.downloads()).toEqual(['direct', 'skopeo']);
    const now = (await regfleet.json(['pause', ...held, '--now'])) as object[];
    expect(now).toMatchObject([
      { scope: { kind: 'registry' }, cause: 'operator', reason: '', isImmediate: true },
    ]);
    await eventually(() => source.downloads().length === 0, SOON);
    expect(source.begun('docker')).toBe(0);
    const resumed = await regfleet.run(['resume', ...held]);
    expect(resumed).toMatchObject({ code: 0, stdout: `registry ${source.host}: resumed\n` });
    await eventually(() => RELAYS.every((relay) => source.downloads().includes(relay)), SOON);
    for (const relay of ['direct', 'skopeo']) {
      expect(source.begun(relay)).toBe(2);
      // With a single attempt an attempt that was spent would have failed the run.
      expect((await lastRun(regfleet, relay))?.outcome).toBeUndefined();
    }
  });

  it('holds the firings and copies of one task alone, until it is resumed', async () => {
    await using site = await Site.start();
    const { source, regfleet, fire } = await mirror(site, ['direct', 'skopeo']);
    await regfleet.json(['pause', '--task', 'skopeo']);
    await regfleet.json(['enqueue', 'skopeo']);
    await fire('direct');
    expect(source.begun('skopeo')).toBe(0);
    await regfleet.json(['pause', '--task', 'direct', '--now']);
    await eventually(() => source.downloads().length === 0, SOON);
    const { code, stdout } = await regfleet.run(['resume', '--all']);
    expect({ code, lines: stdout.trim().split('\n').sort() }).toEqual({
      code: 0,
      lines: ['task direct: resumed', 'task skopeo: resumed'],
    });
    await underWay(source, ['direct', 'skopeo']);
    expect((await regfleet.run(['resume', '--task', 'direct'])).stdout).toBe('task direct: was not paused\n');
  });

  it('says that Redis is gone, and exits with 75', async () => {
    await using site = await Site.start();
    const regfleet = await site.command({ relay: 'direct', tasks: [] });
    await site.redis.stop();
    const calls = [
      ['cancel', 'x'],
      ['retry', 'x'],
      ['pause', '--all'],
      ['resume', '--all'],
    ];
    const results = await Promise.all(calls.map((words) => regfleet.run(words)));
    expect(results.map(({ code }) => code)).toEqual([75, 75, 75, 75]);
    for (const { stderr } of results) expect(stderr).toContain('REDIS_UNREACHABLE');
  });

  it('tries the failed images of a run again, as a run that names the old one', async () => {
    await using site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: ['v1', 'v2', 'v3'] }]);
    const proxy = site.keep(await countingProxy(site.source));
    const regfleet = await site.command({
      relay: 'direct',
      tasks: [
        {
          name: 'app',
          schedule: '0 0 1 1 *',
          source: { registry: proxy.host, 'skip-tls-verify': true },
          target: plain(site.target),
          mappings: [{ from: 'app' }],
        },
      ],
    });
    await site.serve(regfleet, 'scheduler');
    await site.serve(regfleet, 'worker');
    const gone = proxy.inject({ method: 'GET', kind: 'blob', status: 404 });
    const { stdout } = await regfleet.run(['enqueue', 'app', '--wait', '--json']);
    const [failed] = JSON.parse(stdout) as [Run];
    expect(failed).toMatchObject({ outcome: 'failed', counts: { failed: 3 } });
    gone.remove();
    const other = await regfleet.run(['retry', failed.id, '--code', 'UNAUTHORIZED', '--json']);
    expect(other.code).toBe(1);
    expect(JSON.parse(other.stdout)).toMatchObject({ error: { code: 'NOTHING_TO_RETRY' } });
    const code = failed.errors[0]?.code ?? '';
    const run = await regfleet.json(['retry', failed.id, '--code', code, '--wait']);
    expect(run).toMatchObject({
      task: 'app',
      retryOf: failed.id,
      outcome: 'succeeded',
      counts: { selected: 3, enqueued: 3, copied: 3 },
    });
    // It keeps neither the last run of its task nor when that succeeded.
    expect((await lastRun(regfleet, 'app'))?.id).toBe(failed.id);
    for (const id of ['nobody', (run as Run).id]) {
      const nothing = await regfleet.run(['retry', id, '--json']);
      expect(nothing.code).toBe(1);
      expect(JSON.parse(nothing.stdout)).toMatchObject({
        error: { code: id === 'nobody' ? 'RUN_UNKNOWN' : 'NOTHING_TO_RETRY' },
      });
    }
  });

  it('ends the run of a task that has left the config of the leading scheduler, with one line in the log', async () => {
    await using site = await Site.start();
    const { source, regfleet, scheduler, fire, config } = await mirror(site, ['direct', 'skopeo']);
    await fire('direct', 'skopeo');
    await site.command({ ...config, tasks: config.tasks.slice(1) });
    const told = scheduler.process.waitForLine(/a task left the config/, 10_000);
    scheduler.process.kill('SIGHUP');
    expect(JSON.parse(await told)).toMatchObject({ level: 'warn', task: 'direct', copies: 1 });
    await underWay(source, ['skopeo']);
    await site.command(config);
    expect(await lastRun(regfleet, 'direct')).toMatchObject({
      outcome: 'cancelled',
      reason: 'the task left the config',
      counts: { failed: 0, skipped: 1 },
    });
  });
});
