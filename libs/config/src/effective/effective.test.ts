import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SyncConfig } from '../model.ts';
import { parseWritten } from '../parse.ts';
import { configSchema } from '../schema/config.ts';
import { sectionsOf } from '../schema/sections.ts';
import { effectiveConfig, type RedisSetting } from './effective.ts';

const VALID = join(import.meta.dirname, '../../../../test/fixtures/config/valid');
const FILE = '/etc/regfleet/config.yaml';

const TEXTS: readonly (readonly [string, string])[] = [
  ...readdirSync(VALID, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(join(VALID, name), 'utf8')] as const),
  ...sectionsOf(configSchema).map(({ title, sample }) => [title, sample] as const),
];

function effective(text: string, env: Record<string, string> = {}, redis?: RedisSetting) {
  const { config, written, issues } = parseWritten(text, { file: FILE, env });
  if (config === undefined || written === undefined) throw new Error(JSON.stringify(issues));
  return { parsed: config, ...effectiveConfig(config, written, redis) };
}

/** All that can be compared: no functions, and of Redis no URL, whose defaults are filled in. */
const comparable = (config: SyncConfig | undefined): unknown =>
  JSON.parse(
    JSON.stringify({ ...config, redis: undefined }, (key, value) => {
      if (key === 'path') return undefined;
      return value instanceof Map ? Object.fromEntries(value) : value;
    }),
  );

describe('config/effective', () => {
  it.each(TEXTS)('means what the file means: %s', (_, text) => {
    const { parsed, yaml } = effective(text);
    const again = parseWritten(yaml, { file: FILE, env: {} });
    expect(again.issues.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(comparable(again.config)).toEqual(comparable(parsed));
  });

  it('fills in defaults and what levels above say, and tells where each value comes from', () => {
    const text = `relay: direct
registries:
  hub.example.com: {username: joe, password: '\${HUB}', requests-per-second: 5}
retries: {attempts: 3}
referrers: true
tasks:
- name: app
  source: {registry: hub.example.com}
  target: {registry: b.example.com, auth: none}
  mappings: [{from: team/app, tags: [1.0, 'keep: latest 2']}]
`;
    const { yaml, origins, config } = effective(text, { HUB: 'hunter2' });
    expect(config).toMatchObject({ relay: 'direct', tasks: [{ name: 'app', retries: { attempts: 3 } }] });
    expect(yaml).not.toContain('hunter2');
    const lines = yaml.split('\n').map((line) => line.trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        'relay: direct # line 1',
        'watch: false # default',
        'attempts: 3 # line 4 retries.attempts',
        'backoff: 10s # default',
        'password: "***" # line 3 registries.hub.example.com.password, $HUB',
        'skip-tls-verify: false # default',
        'auth: none # line 9',
        'tags: [ "1.0", "keep: latest 2" ] # line 10',
        'on-change: overwrite # default',
        'referrers: true # line 5 referrers',
      ]),
    );
    expect(origins['tasks[0].source.password']).toEqual({
      kind: 'file',
      line: 3,
      column: 46,
      key: 'registries.hub.example.com.password',
      variables: ['HUB'],
    });
  });

  it('shows whom the ID token of a job is made out to', () => {
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://issuer', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'hunter2' };
    const text = `relay: direct
registries:
  a.example.com: {username: joe, github-audience: a}
tasks:
- {name: app, source: {registry: a.example.com}, target: {registry: b.example.com}, mappings: [{from: app}]}
`;
    const { yaml, origins } = effective(text, env);
    expect(yaml).toContain('github-audience: a # line 3 registries.a.example.com.github-audience');
    expect(origins['tasks[0].source.github-audience']).toMatchObject({ line: 3 });
    expect(yaml).not.toContain('hunter2');
  });

  it('tells of another Redis than that of the file without its login', () => {
    const text = 'redis: {url: "redis://joe:hunter2@a/1", prefix: p, ca: ""}\ntasks: []\n';
    expect(effective(text).yaml).toContain('url: redis://***:***@a:6379/1 # line 1');
    const origin = { kind: 'environment', name: 'REGFLEET_REDIS_URL' } as const;
    const given = effective(text, {}, { url: 'rediss://:hunter2@b', origin });
    expect(given.yaml).toContain('url: rediss://:***@b:6379 # $REGFLEET_REDIS_URL');
    expect(given.yaml).toContain('prefix: p # line 1');
    expect(JSON.stringify(given)).not.toMatch(/"[^"]*hunter2[^"]*@b/);
  });

  it('shows no login of a URL, whichever key it is written under', () => {
    const text = (host: string): string => `relay: direct
docker: {dockerhost: '${host}'}
tasks:
- name: app
  source: {registry: a.example.com}
  target: {registry: b.example.com}
  mappings: [{from: 'https://joe:hunter2@hub.example.com/app', tags: ['http://joe:hunter2@hub.example.com']}]
`;
    const { yaml, config } = effective(text('tcp://joe:hunter2@127.0.0.1:2375'));
    expect(yaml).toContain('tcp://***@127.0.0.1:2375');
    expect(`${yaml}${JSON.stringify(config)}`).not.toContain('hunter2');
    expect(effective(text('ssh://joe@build')).yaml).toContain('ssh://joe@build');
    const { issues } = parseWritten(text(''), { file: FILE, env: {} });
    expect(issues.map(({ path }) => path)).toContain('tasks[0].mappings[0].from');
    expect(JSON.stringify(issues)).not.toContain('hunter2');
  });
});
