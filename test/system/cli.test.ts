import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillRegistry, Regfleet, runCommand } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { connectFleet } from '@regfleet/queue';
import { describe, expect, it } from 'vitest';
import { runsEnded } from './counts.ts';
import { plain, type Run, Site } from './site.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/config', import.meta.url));

interface Verdict {
  readonly valid: boolean;
  readonly issues: readonly object[];
}

async function validate(file: string): Promise<{ code: number | null; verdict: Verdict }> {
  const { code, stdout } = await new Regfleet({ config: file }).run(['validate', '--json']);
  return { code, verdict: JSON.parse(stdout) as Verdict };
}

describe('system/cli', () => {
  describe('validate', () => {
    it('exits with 0 for a valid config', async () => {
      const { code, verdict } = await validate(join(FIXTURES, 'valid', 'lister-types.yaml'));
      expect({ code, valid: verdict.valid }).toEqual({ code: 0, valid: true });
    });

    it('exits with 2 for an invalid one, and names the issues with their lines', async () => {
      const { code, verdict } = await validate(join(FIXTURES, 'invalid', 'listers', 'hub-with-port.yaml'));
      expect({ code, valid: verdict.valid }).toEqual({ code: 2, valid: false });
      expect(verdict.issues).toMatchObject([{ rule: 'lister-hub-catalog', line: 4 }]);
    });

    it('exits with 2 and a hint when the file does not exist', async () => {
      const { code, stderr } = await new Regfleet({ config: '/nonexistent/config.yaml' }).run(['validate']);
      expect(code).toBe(2);
      expect(stderr).toMatch(/CONFIG_UNREADABLE.*\n.*hint/s);
    });
  });

  it.each([
    ['tasks: []\nwatch: true\n', 0, 'valid, 0 tasks (0 errors, 1 warning)', '2:8 warning watch: '],
    ['relay: splunge\ntasks: []\n', 2, 'invalid (1 error, 0 warnings)', '1:8 error relay: '],
    ['', 0, 'valid, 0 tasks (0 errors, 1 warning)', '1:1 warning tasks: '],
  ])('reads %j from standard input for -c -', async (input, code, verdict, issue) => {
    const result = await new Regfleet({ config: '-', input }).run(['validate']);
    expect(result).toMatchObject({ code, stderr: '' });
    expect(result.stdout).toContain(`<stdin>: ${verdict}\n`);
    expect(result.stdout).toContain(`<stdin>:${issue}`);
  });

  it('takes the config of every command from standard input', async () => {
    const input = 'tasks: []\nwatch: true\n';
    for (const words of [['plan'], ['sync', '--once'], ['login-check']]) {
      const { code, stderr } = await new Regfleet({ config: '-', input }).run(words);
      expect({ words, code }).toEqual({ words, code: 0 });
      expect(stderr).toContain('<stdin>:2:8 warning watch: ');
    }
  });

  it('says what is wrong with flags and exits with 2', async () => {
    const { code, stderr } = await new Regfleet({ config: 'config.yaml' }).run([
      'worker',
      '--concurrency',
      'many',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('--concurrency wants a whole number');
  });

  it('explains every command with --help', async () => {
    const regfleet = new Regfleet({ config: 'config.yaml' });
    const { stdout } = await regfleet.run(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]*)(?= [[<]| {2,})/gm)].map(
      ([, name]) => name ?? '',
    );
    expect(commands).toEqual(
      expect.arrayContaining([
        'validate',
        'login-check',
        'plan',
        'up',
        'scheduler',
        'worker',
        'enqueue',
        'copy',
        'status',
        'cancel',
        'retry',
        'pause',
        'resume',
      ]),
    );
    for (const command of commands) {
      const help = await regfleet.run([command, '--help']);
      expect(help.code, command).toBe(0);
      expect(help.stdout, command).toContain('Usage: regfleet');
    }
  });

  it('exits with 75 and names the address when Redis cannot be reached', async () => {
    await using site = await Site.start();
    const regfleet = await site.command({ relay: 'skopeo', tasks: [] });
    await site.redis.stop();
    const { code, stderr } = await regfleet.run(['status']);
    expect(code).toBe(75);
    expect(stderr).toContain(`127.0.0.1:${site.redis.port}`);
    expect(stderr).toContain('REDIS_UNREACHABLE');
  });

  it('plans, runs and shows tasks; suggests the nearest name for an unknown one', async () => {
    await using site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: ['1.0.0', '1.1.0', '2.0.0', 'latest'] }]);
    const regfleet = await site.command({
      relay: 'skopeo',
      tasks: [
        {
          name: 'app',
          interval: 3600,
          source: plain(site.source),
          target: plain(site.target),
          mappings: [{ from: 'app', to: 'mirror/app', tags: ['semver: >=1.1.0', 'latest'] }],
        },
      ],
    });

    const [plan] = (await regfleet.json(['plan'])) as {
      images: { source: string; state: string; reason: string }[];
    }[];
    const states = Object.fromEntries(
      (plan?.images ?? []).map(({ source, state }) => [source.split(':').at(-1), state]),
    );
    expect(states).toEqual({
      '1.0.0': 'left-out',
      '1.1.0': 'missing',
      '2.0.0': 'missing',
      latest: 'missing',
    });
    expect(plan?.images.every(({ reason }) => reason.length > 0)).toBe(true);

    const scheduler = await site.serve(regfleet, 'scheduler');
    await site.serve(regfleet, 'worker');
    await runsEnded(scheduler, ['app']);
    await expect
      .poll(async () => (await statusOf(regfleet)).tasks[0]?.lastRun?.outcome, { timeout: 60_000 })
      .toBe('succeeded');
    const again = (await regfleet.runTask('app')) as Run;
    expect(again).toMatchObject({
      task: 'app',
      outcome: 'succeeded',
      counts: { selected: 3, inSync: 3, enqueued: 0 },
    });

    const status = await statusOf(regfleet);
    expect(status.tasks[0]).toMatchObject({
      task: 'app',
      nextAtMs: expect.any(Number),
      lastRun: { id: again.id },
    });
    expect(status.workers.map(({ role }) => role).sort()).toEqual(['scheduler', 'worker']);
    expect(status.queues.map(({ queue }) => queue)).toContain('runs');

    for (const words of [
      ['enqueue', 'appp'],
      ['plan', 'appp'],
      ['status', '--task', 'appp'],
    ]) {
      const unknown = await regfleet.run(words);
      expect(unknown.code).toBe(2);
      expect(unknown.stderr).toContain('did you mean "app"?');
    }
    expect((await regfleet.run(['enqueue'])).stderr).toContain('its tasks are app');
  });

  it('says that a task which is running is not started twice, and with --wait that it may be later', async () => {
    await using site = await Site.start();
    const app = { source: plain(site.source), target: plain(site.target) };
    const regfleet = await site.command({
      relay: 'direct',
      tasks: ['app', 'other'].map((name) => ({ ...app, name, interval: 3600, mappings: [{ from: 'app' }] })),
    });
    const { url } = site.redis;
    const fleet = await connectFleet({ url, prefix: 'regfleet', logger: silentLogger, deadlineMs: 10_000 });
    await fleet.runs.claim({ runId: 'first', task: 'app', trigger: 'operator' });
    await fleet.close();
    const queued = await regfleet.run(['enqueue', 'app']);
    expect(queued.code).toBe(0);
    expect(queued.stdout).toContain('there is a run of the task already: first. It will be skipped');
    const [waiting] = (await regfleet.json(['enqueue', 'other'])) as { run: string }[];
    expect(await regfleet.json(['enqueue', 'other'])).toMatchObject([{ earlierRun: waiting?.run }]);
    expect(queued.stderr).toContain('no scheduler is running');
    expect(queued.stderr).toContain('no worker is running');
    await site.serve(regfleet, 'scheduler');
    const { code, stdout } = await regfleet.run(['enqueue', 'app', '--wait']);
    expect({ code, stdout }).toEqual({
      code: 75,
      stdout: expect.stringContaining('the task was still running as first'),
    });
  });

  it('copies one image without a task, and says for good that another does not exist', async () => {
    await using site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: ['1'] }]);
    const regfleet = await site.command({
      relay: 'skopeo',
      registries: {
        [site.source.host]: { 'skip-tls-verify': true },
        [site.target.host]: { 'skip-tls-verify': true },
      },
    });
    await site.serve(regfleet, 'scheduler');
    await site.serve(regfleet, 'worker');

    const run = await regfleet.json([
      'copy',
      `${site.source.host}/app:1`,
      `${site.target.host}/copy/app:1`,
      '--wait',
    ]);
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { enqueued: 1, copied: 1 } });

    const missing = await regfleet.run([
      'copy',
      `${site.source.host}/app:2`,
      `${site.target.host}/copy/app:2`,
      '--wait',
      '--json',
    ]);
    expect(missing.code).toBe(1);
    expect(JSON.parse(missing.stdout)).toMatchObject({
      outcome: 'failed',
      counts: { failed: 1 },
      errors: [{ code: 'MANIFEST_UNKNOWN', side: 'source', reference: `${site.source.host}/app:2` }],
    });
  });

  it('refuses at once to copy what workers would not: another registry, or by a task what that does not yield', async () => {
    await using site = await Site.start();
    const regfleet = await site.command({
      relay: 'direct',
      tasks: [
        {
          name: 'app',
          source: plain(site.source),
          target: plain(site.target),
          mappings: [{ from: 'app', to: 'mirror/app' }],
        },
      ],
    });
    const source = `${site.source.host}/app:1`;
    const foreign = await regfleet.run(['copy', source, 'evil.example.com/app:1']);
    expect(foreign.code).toBe(2);
    expect(foreign.stderr).toContain(`registries: {'evil.example.com': {}}`);
    const other = await regfleet.run(['copy', source, `${site.target.host}/other:1`, '--task', 'app']);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('task "app" does not copy');
    expect(other.stderr).toContain('leave --task out');
    for (const words of [
      [`${site.target.host}/other:1`],
      [`${site.target.host}/mirror/app:1`, '--task', 'app'],
    ]) {
      expect((await regfleet.run(['copy', source, ...words])).code).toBe(0);
    }
  });

  it('runs as `npx regfleet`', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const { code, stdout } = await runCommand(['npx', 'regfleet', '--version'], { cwd: root });
    expect(code).toBe(0);
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

interface Status {
  readonly tasks: readonly { task: string; nextAtMs?: number; lastRun?: Run }[];
  readonly queues: readonly { queue: string }[];
  readonly workers: readonly { role: string }[];
}

const statusOf = (regfleet: Regfleet): Promise<Status> => regfleet.json(['status']) as Promise<Status>;
