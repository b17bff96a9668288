import { describe, expect, it } from 'vitest';
import { parseConfig } from '../parse.ts';

const config = (credentials: string, redis = 'redis://redis:6379') => `
relay: direct
redis: {url: '${redis}'}
tasks:
- name: test
  source: {registry: a.example.com, ${credentials}}
  target: {registry: b.example.com}
  mappings: [{from: app}]
`;

const FROM_ENVIRONMENT = `\${REDIS}`;
const AUTH = Buffer.from('joe:hunter2').toString('base64');

function warnings(text: string, open: readonly string[]): string[] {
  const { issues } = parseConfig(text, {
    file: '/etc/config.yaml',
    env: { SECRET: 'hunter2', REDIS: 'redis://:hunter2@redis:6379' },
    fileExists: () => true,
    publicAccess: (path) => ({ canRead: open.includes(path), canWrite: false }),
  });
  return issues.filter(({ rule }) => rule.endsWith('-world-readable')).map(({ path }) => path);
}

describe('config/credentials/open-file', () => {
  it.each([
    [config('username: joe, password: hunter2'), ['tasks[0].source.password']],
    [config(`auth: ${AUTH}`), ['tasks[0].source.auth']],
    [config('auth: none', 'redis://:hunter2@redis:6379'), ['redis.url']],
    [config(`auth: ${AUTH}`, 'redis://:hunter2@redis:6379'), ['redis.url']],
    [config('auth: none'), []],
    [config(`username: joe, password: '\${SECRET}'`, FROM_ENVIRONMENT), []],
    [config(`username: joe, password: 'abc\${SECRET}'`), ['tasks[0].source.password']],
    [config(`username: joe, password: 'a$\${b'`), ['tasks[0].source.password']],
    [config('auth: none', `redis://:\${SECRET}@redis:6379`), []],
    [config('auth: none', `redis://\${SECRET}:hunter2@\${SECRET}:6379`), ['redis.url']],
    [config('username: joe, password-file: password.txt'), []],
    [config('auth: none', 'redis+sentinel://:hunter2@sentinel/main'), ['redis.url']],
  ])('warns of the secrets of a config that everybody can read: %s', (text, paths) => {
    expect(warnings(text, ['/etc/config.yaml'])).toEqual(paths);
    expect(warnings(text, [])).toEqual([]);
  });

  it('warns of the file of a password that everybody can read', () => {
    const text = config('username: joe, password-file: password.txt');
    expect(warnings(text, ['/etc/password.txt'])).toEqual(['tasks[0].source.password-file']);
  });

  it('warns of the files of a Redis that everybody can read, but of no certificate', () => {
    const files = ['ca', 'cert', 'key', 'password-file', 'sentinel-password-file'];
    const lines = files.map((key) => `  ${key}: ${key}.txt`);
    const text = ['redis:', '  url: rediss+sentinel://host/name', ...lines, 'tasks: []'].join('\n');
    expect(
      warnings(
        text,
        files.map((key) => `/etc/${key}.txt`),
      ),
    ).toEqual(['redis.key', 'redis.password-file', 'redis.sentinel-password-file']);
  });
});
