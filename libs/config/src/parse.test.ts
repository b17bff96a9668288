import { inspect } from 'node:util';
import { parseRegistryName } from '@regfleet/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locationFor } from './location-for.ts';
import type { SyncConfig, Task } from './model.ts';
import { parseConfig } from './parse.ts';

function parsed(text: string, env: Record<string, string> = {}): SyncConfig {
  const { config, issues } = parseConfig(text, { file: '/etc/regfleet/config.yaml', env });
  if (config === undefined) throw new Error(inspect(issues));
  return config;
}

function onlyTask(text: string, env: Record<string, string> = {}): Task {
  const [task] = parsed(text, env).tasks;
  if (task === undefined) throw new Error('no task');
  return task;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function taskYaml(keys = '', source = '{registry: docker.io}'): string {
  return `tasks:\n- name: test\n  source: ${source}\n  target: {registry: registry.example.com}\n${keys}`;
}

describe('config/parse', () => {
  it('fills in every default of an empty file', () => {
    expect(parsed('')).toEqual({
      file: '/etc/regfleet/config.yaml',
      relay: 'docker',
      docker: { keepImages: false, silenceMs: 600_000 },
      skopeo: { binary: 'skopeo', certsDir: '/etc/skopeo/certs.d', silenceMs: 600_000 },
      lister: { maxItems: 100, cacheDurationMs: 3_600_000 },
      registries: new Map(),
      rates: new Map(),
      tasks: [],
      receivers: [],
      watch: false,
      retries: { attempts: 5, backoffMs: 10_000, maxBackoffMs: 600_000 },
      limits: { minBytesPerSecond: 1024, minRateWindowMs: 60_000, maxTags: 250_000 },
    });
  });

  it.each([
    ['45m', 2_700_000],
    ['0s', 0],
  ])('takes limits.give-up-after: %s', (text, giveUpAfterMs) => {
    expect(parsed(`limits: {give-up-after: ${text}}`)).toMatchObject({ giveUpAfterMs });
  });

  it('takes negative lister limits for no limit and no cache', () => {
    expect(parsed('lister: {maxItems: -1, cacheDuration: -1}').lister).toEqual({ cacheDurationMs: 0 });
  });

  it('takes the deprecated docker keys only where the section is absent', () => {
    const keys = 'dockerhost: tcp://old:1\napi-version: 1.24\n';
    const old = { host: 'tcp://old:1', apiVersion: '1.24' };
    expect(parsed(keys).docker).toEqual({ ...old, keepImages: false, silenceMs: 600_000 });
    expect(parsed(`docker: ~\n${keys}`).docker).toEqual({ ...old, keepImages: false, silenceMs: 600_000 });
    expect(parsed(`docker: {api-version: 1.40}\n${keys}`).docker).toEqual({
      apiVersion: '1.40',
      keepImages: false,
      silenceMs: 600_000,
    });
  });

  it('reads rates by the host of a registry, whatever it is called', () => {
    const text =
      'registries: {index.docker.io: {requests-per-second: 5}, a.test: {bandwidth: 50MB}, b.test: {bandwidth: 65536, pull-reserve: 20}, c.test: {}}';
    expect(parsed(text).rates).toEqual(
      new Map([
        ['docker.io', { requestsPerSecond: 5 }],
        ['a.test', { bytesPerSecond: 50_000_000 }],
        ['b.test', { bytesPerSecond: 65_536, pullReserve: 20 }],
      ]),
    );
  });

  it('keeps images on the daemon only where the config says so', () => {
    expect(parsed('docker: {keep-images: true}').docker).toMatchObject({ keepImages: true });
  });

  it('never throws, whatever the text', () => {
    const words = [
      'tasks:',
      '\n',
      '- ',
      '  ',
      'name: ',
      '&a ',
      '*a',
      '<<: ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      ': ',
      '~',
      '|',
      '#',
      '\t',
      'x',
    ];
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (source) => {
        const { config, issues } = parseConfig(source, { file: 'x', env: {} });
        expect(config === undefined).toBe(issues.some((issue) => issue.severity === 'error'));
      }),
    );
  });

  it('says what is wrong with text that is nested without end', () => {
    const { issues } = parseConfig('['.repeat(50_000), { file: 'x', env: {} });
    expect(issues.map((issue) => issue.rule)).toContain('yaml-syntax');
  });
});

describe('config/parse: merge keys', () => {
  const base = `x-base: &base
  interval: 60
  target: {registry: a, skip-tls-verify: true, auth: none}
`;

  it('merge sections key by key', () => {
    const task = onlyTask(`${base}relay: skopeo
tasks:
- <<: *base
  name: test
  source: {registry: docker.io}
  target: {registry: b}
`);
    expect(task.targets[0]).toMatchObject({
      registry: parseRegistryName('b'),
      auth: { kind: 'anonymous' },
      tls: { skipVerify: true },
    });
  });

  it('override what stands before them', () => {
    const task = onlyTask(`${base}relay: skopeo
tasks:
- name: test
  interval: 3600
  source: {registry: docker.io}
  <<: *base
`);
    expect(task.schedule).toEqual({ kind: 'interval', everyMs: 60_000 });
  });

  it('let a null take a merged section away', () => {
    const { issues } = parseConfig(
      `${base}tasks:\n- <<: *base\n  name: test\n  source: {registry: a}\n  target: ~\n`,
      {
        file: 'x',
        env: {},
      },
    );
    expect(issues.map((issue) => issue.rule)).toEqual(['mappings-missing', 'target-missing']);
  });

  it('give every use of an anchor a copy of its own', () => {
    const tasks = parsed(`relay: skopeo
tasks:
- name: one
  source: &hub {registry: docker.io}
  target: {registry: a}
- name: two
  source: {<<: *hub, registry: quay.io}
  target: {registry: a}
`).tasks;
    expect(tasks.map((task) => task.source.registry.text)).toEqual(['docker.io', 'quay.io']);
  });
});

describe('config/parse: tasks', () => {
  it('have a schedule in UTC unless told otherwise', () => {
    expect(onlyTask(taskYaml('  schedule: 0 3 * * *\n')).schedule).toEqual({
      kind: 'cron',
      pattern: '0 3 * * *',
      timezone: 'UTC',
    });
  });

  it('run once without interval', () => {
    expect(onlyTask(taskYaml())).not.toHaveProperty('schedule');
  });

  it('take from the file what their retries leave out', () => {
    const task = onlyTask(`retries: {attempts: 9, backoff: 1s}\n${taskYaml('  retries: {attempts: 2}\n')}`);
    expect(task.retries).toEqual({ attempts: 2, backoffMs: 1000, maxBackoffMs: 600_000 });
  });

  it('keep unquoted tags as they are written', () => {
    const task = onlyTask(taskYaml('  mappings:\n  - {from: a, tags: [1.10, 010, 1_0]}\n'));
    expect(task.mappings[0]?.tags.select([])).toEqual(['010', '1.10', '1_0']);
  });

  it('have ids that differ, also where a name looks like one', () => {
    const names = ['a', 'a#2', 'a', 'a'];
    const text = names.map((name) => `- {name: ${name}, source: {registry: x}, target: {registry: y}}`);
    expect(parsed(`tasks:\n${text.join('\n')}`).tasks.map((task) => task.id)).toEqual([
      'a',
      'a#2',
      'a#3',
      'a#4',
    ]);
  });

  it('keep the account of a public ECR registry beside its name', () => {
    const { source } = onlyTask(taskYaml('', '{registry: "123:us-east-1@public.ecr.aws", auth-refresh: 2h}'));
    expect(source).toMatchObject({
      registry: parseRegistryName('public.ecr.aws'),
      ecrPublic: { account: '123', region: 'us-east-1' },
      authRefreshMs: 7_200_000,
    });
  });

  it('renew a login at most once an hour', () => {
    const registry = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
    expect(onlyTask(taskYaml('', `{registry: ${registry}, auth-refresh: 1m}`)).source.authRefreshMs).toBe(
      3_600_000,
    );
  });
});

describe('config/parse: credentials', () => {
  const passwordOf = (task: Task): string | undefined =>
    task.source.auth.kind === 'basic' ? task.source.auth.password.reveal() : undefined;

  it.each([JSON.stringify({ username: 'joe', password: 'p%s"\\:ü' }), 'joe:p%s"\\:ü'])(
    'come whole from %s',
    (text) => {
      const task = onlyTask(taskYaml('', `{registry: docker.io, auth: ${base64(text)}}`));
      expect(task.source.auth).toMatchObject({ kind: 'basic', username: 'joe' });
      expect(passwordOf(task)).toBe('p%s"\\:ü');
    },
  );

  it('come from the environment', () => {
    const env = { NAME: 'joe', WORD: 'a$b', AUTH: base64('joe:x') };
    expect(
      passwordOf(onlyTask(taskYaml('', `{registry: a, username: '\${NAME}', password: '\${WORD}'}`), env)),
    ).toBe('a$b');
    expect(passwordOf(onlyTask(taskYaml('', `{registry: a, auth: '\${AUTH}'}`), env))).toBe('x');
  });

  it('name a password file from the folder of the config', () => {
    const task = onlyTask(taskYaml('', '{registry: a, username: joe, password-file: secrets/pw}'));
    expect(task.source.auth).toEqual({
      kind: 'password-file',
      username: 'joe',
      passwordFile: '/etc/regfleet/secrets/pw',
    });
  });

  it('are nowhere in what is printed of a config or its issues', () => {
    const text = `redis: {url: 'redis://:hunter2@h:1'}\n${taskYaml('', `{registry: a, username: joe, password: hunter2}`)}`;
    const config = parsed(text);
    expect(`${inspect(config, { depth: 9 })}${JSON.stringify(config)}`).not.toContain('hunter2');
    const broken = [
      'redis: redis://:hunter2@h',
      'redis: {url: "http://:hunter2@h"}',
      'tasks: "hunter2"',
      'redis: {url: "hunter2',
      'watch: true\n\tredis: hunter2',
      `${taskYaml('', '{registry: a, auth: "joe:hunter2"}')}`,
    ];
    for (const source of broken) {
      const { issues } = parseConfig(source, { file: 'x', env: {} });
      expect(issues.length).toBeGreaterThan(0);
      expect(JSON.stringify(issues)).not.toContain('hunter2');
    }
  });
});

describe('config/parse: registries', () => {
  const registries = `relay: skopeo
skopeo: {certs-dir: /certs}
registries:
  docker.io: {username: joe, password: secret, concurrency: 3, target-concurrency: 5, skip-tls-verify: true, certs-dir: /hub}
`;

  it('give their settings to every location with that host', () => {
    const { source, targets } = onlyTask(registries + taskYaml('', '{registry: docker.io/team}'));
    const [target] = targets;
    expect(source).toMatchObject({
      registry: parseRegistryName('docker.io/team'),
      auth: { kind: 'basic', username: 'joe' },
      tls: { skipVerify: true, certsDir: '/hub' },
      concurrency: { source: 3, target: 5 },
    });
    expect(target).toEqual({
      registry: parseRegistryName('registry.example.com'),
      auth: { kind: 'ambient' },
      tls: { skipVerify: false, certsDir: '/certs' },
    });
  });

  it('give way to what a location says', () => {
    const { source } = onlyTask(
      registries + taskYaml('', '{registry: docker.io, auth: none, skip-tls-verify: no}'),
    );
    expect(source).toMatchObject({
      auth: { kind: 'anonymous' },
      tls: { skipVerify: false, certsDir: '/hub' },
    });
  });

  it('serve images that no task names', () => {
    const config = parsed(registries);
    expect(locationFor(config, 'index.docker.io')).toMatchObject({
      registry: parseRegistryName('index.docker.io'),
      auth: { username: 'joe' },
      concurrency: { source: 3, target: 5 },
    });
    expect(locationFor(config, 'quay.io')).toEqual({
      registry: parseRegistryName('quay.io'),
      auth: { kind: 'ambient' },
      tls: { skipVerify: false, certsDir: '/certs' },
    });
  });
});
