import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { deployFile, flagValue, readDeployFile, readYaml } from './read.ts';

const UNITS = readdirSync(deployFile('systemd')).filter((file) => /\.(?:service|timer)$/.test(file));
const SERVICES = UNITS.filter((file) => file.endsWith('.service'));
const ANALYSE = '/usr/bin/systemd-analyze';
const { version } = JSON.parse(readFileSync(deployFile('../package.json'), 'utf8')) as { version: string };

/** The values of a key of a unit, in their order. */
const valuesOf = (unit: string, key: string): string[] =>
  [...readDeployFile(`systemd/${unit}`).matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(
    ([, value = '']) => value,
  );

/** What bounds a service, as it is written. */
const hardening = (unit: string): string | undefined =>
  /^# It talks to[\s\S]*?^UMask=.*$/m.exec(readDeployFile(`systemd/${unit}`))?.[0];

describe('deploy/systemd', () => {
  it.skipIf(!existsSync(ANALYSE))(
    'is taken by systemd without a word, and bounds what its services may do',
    async () => {
      await using folder = await temporaryFolder();
      const here = (unit: string): string => join(folder.path, unit);
      for (const unit of UNITS) {
        // The command is in no folder of a machine without an installation.
        const text = readDeployFile(`systemd/${unit}`).replace(/^ExecStart=regfleet/m, 'ExecStart=/bin/true');
        await writeFile(here(unit), text);
      }
      expect(await runCommand([ANALYSE, 'verify', ...UNITS.map(here)])).toMatchObject({
        code: 0,
        stderr: '',
      });
      // In tenths, of a hundred.
      const secure = [ANALYSE, 'security', '--offline=true', '--no-pager', '--threshold=15'];
      for (const unit of SERVICES) {
        const { code, stdout } = await runCommand([...secure, here(unit)]);
        expect(code, stdout).toBe(0);
      }
    },
  );

  it('bounds all of its services alike', () => {
    expect(new Set(SERVICES.map(hardening)).size).toBe(1);
    expect(hardening(SERVICES[0] ?? '')).toContain('ProtectSystem=strict');
  });

  it('lets V8 write code, and the setpriv that starts skopeo set its capabilities', () => {
    const bounds = hardening(SERVICES[0] ?? '')?.split('\n') ?? [];
    expect(bounds.filter((line) => line.startsWith('MemoryDenyWriteExecute='))).toEqual([]);
    const filters = bounds.filter((line) => line.startsWith('SystemCallFilter='));
    // The last one that names a call decides.
    expect(filters.at(-1)).toBe('SystemCallFilter=capset');
  });

  it.each(SERVICES)('%s runs as a user of its own, which is told its secrets by a file', (unit) => {
    expect(valuesOf(unit, 'User')).toEqual(['regfleet']);
    expect(valuesOf(unit, 'EnvironmentFile')).toEqual(['-/etc/regfleet/environment']);
    expect(readDeployFile('systemd/regfleet.sysusers')).toMatch(/^u regfleet /m);
  });

  it.each(SERVICES.filter((unit) => unit !== 'regfleet-sync.service'))(
    '%s is given 30 s beyond its grace period',
    (unit) => {
      const words = valuesOf(unit, 'ExecStart')[0]?.split(' ') ?? [];
      const seconds = Number(valuesOf(unit, 'TimeoutStopSec')[0]);
      expect(seconds).toBeGreaterThanOrEqual(Number(flagValue(words, '--grace')) + 30);
    },
  );

  it('has no two services at one port', () => {
    const ports = SERVICES.flatMap(
      (unit) => /--port (\S+)/.exec(valuesOf(unit, 'ExecStart')[0] ?? '')?.[1] ?? [],
    );
    expect(ports).toEqual(['9090', '909%i']);
  });
});

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: object;
  readonly env?: object;
}

interface Workflow {
  readonly env: { readonly IMAGE: string };
  readonly jobs: Readonly<Record<string, { readonly if: string; readonly steps: readonly Step[] }>>;
}

interface Pipeline {
  readonly default: { readonly image: string; readonly before_script: readonly string[] };
  readonly check: object;
  readonly round: { readonly resource_group: string };
}

describe('deploy/ci', () => {
  const [workflow] = readYaml('ci/github-workflow.yaml') as [Workflow];
  const [pipeline] = readYaml('ci/gitlab-ci.yaml') as [Pipeline];

  it('runs the image or the package of the version of the project, on a Node that it works on', () => {
    expect(workflow.env.IMAGE).toBe(`registry.example.com/regfleet:${version}`);
    expect(pipeline.default.before_script.join('\n')).toMatch(new RegExp(` regfleet@${version}$`));
    expect(pipeline.default.image).toMatch(/^node:24-/);
  });

  it('gives secrets to rounds alone, by the environment', () => {
    const steps = Object.entries(workflow.jobs).flatMap(([job, { steps }]) =>
      steps.map((step) => ({ job, ...step })),
    );
    const secrets = steps.filter(({ env }) => env !== undefined);
    expect(secrets.map(({ job }) => job)).toEqual(['round']);
    const names = Object.keys(secrets[0]?.env ?? {});
    expect(names).not.toEqual([]);
    for (const name of names) expect(secrets[0]?.run).toContain(` -e ${name} `);
    expect(steps.map(({ run = '' }) => run).join('\n')).not.toContain('secrets.');
    // The checkout, which would keep the token of the repository, is what the container sees.
    const checkouts = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
    expect(checkouts.map((step) => step.with)).toEqual(
      Object.keys(workflow.jobs).map(() => ({ 'persist-credentials': false })),
    );
  });

  it('has never two rounds at once', () => {
    expect(workflow).toMatchObject({ concurrency: { group: expect.stringContaining('mirror-') } });
    expect(pipeline.round.resource_group).toBe('mirror');
    expect(readDeployFile('cron/regfleet')).toContain('flock --nonblock ');
  });
});

describe('deploy/cron', () => {
  it('is a line of a time, a user and a command, whose folders the unit of systemd has too', () => {
    const lines = readDeployFile('cron/regfleet')
      .split('\n')
      .filter((line) => /^\S+ \S+ \* \* \* /.test(line));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\d+ \* \* \* \* regfleet flock /);
    // cron mails whatever is printed: of a round without errors nothing.
    expect(lines[0]).toMatch(/ >\/dev\/null$/);
    const state = flagValue(lines[0]?.split(' ') ?? [], '--state');
    expect(readDeployFile('README.md')).toContain(`-o regfleet -g regfleet ${state}\n`);
    expect(state).toBe(
      flagValue(valuesOf('regfleet-sync.service', 'ExecStart')[0]?.split(' ') ?? [], '--state'),
    );
  });
});
