import { describe, expect, it } from 'vitest';
import { parseConfig } from '../parse.ts';

const config = (credentials: string, redis = 'url: redis://redis') => `
relay: direct
redis: {${redis}}
tasks:
- name: test
  source: {registry: a.example.com, ${credentials}}
  target: {registry: b.example.com}
  mappings: [{from: app}]
`;

function errors(text: string, secrets?: 'elsewhere'): string[] {
  const { issues } = parseConfig(text, { file: '/c.yaml', env: {}, secrets, fileExists: () => false });
  return issues.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
}

const PASSWORD = `username: joe, password: '\${A}'`;

describe('config/credentials: secrets that are elsewhere', () => {
  it.each([
    [config(PASSWORD), ['env-unset']],
    [config(`username: '\${A}', password-file: p.txt`), ['env-unset', 'password-file-unreadable']],
    [config(`auth: '\${A}'`), ['env-unset']],
    [config('username: joe, github-audience: a.example.com'), ['github-identity-unset']],
    [config('auth: none', `url: '\${A}', username: joe, ca: ca.crt`), ['env-unset', 'redis-ca-unreadable']],
    [config('auth: none', `url: 'redis://\${A}:\${A}@\${A}:\${A}/\${A}', username: joe`), ['env-unset']],
    [config('auth: none', `url: 'rediss+sentinel://\${A}/\${A}', sentinel-username: '\${A}'`), ['env-unset']],
  ])('are no errors: %s', (text, rules) => {
    expect(new Set(errors(text))).toEqual(new Set([...rules, ...errors(text, 'elsewhere')]));
    expect(errors(text, 'elsewhere').filter((rule) => rules.includes(rule))).toEqual([]);
  });

  it.each([
    [config(PASSWORD.replace('A}', '1}')), 'env-invalid'],
    [config(`password: '\${A}'`), 'credentials-username-missing'],
    [config(`username: '\${A}'`), 'credentials-password-missing'],
    [config(`${PASSWORD}, password-file: p.txt`), 'credentials-ambiguous'],
    [config(`${PASSWORD}, github-audience: a`), 'credentials-ambiguous'],
    [config('github-audience: a'), 'credentials-username-missing'],
    [config('auth: none', `url: 'http://:\${A}@redis'`), 'redis-url-invalid'],
    [config('auth: none', `url: 'redis://:\${A}@redis/zero'`), 'redis-database-invalid'],
    [config('auth: none', `url: 'redis://:\${A}@redis', ca: ca.crt`), 'redis-tls-contradiction'],
    [config('auth: none', `url: 'redis://:\${A}@redis', password-file: p.txt`), 'redis-password-twice'],
    [config('auth: none', `url: 'redis://bob:\${A}@redis', username: joe`), 'redis-username-twice'],
    [config('auth: none', `url: 'redis://\${A}', username: '\${A}'`), 'redis-password-missing'],
  ])('leave the rest checked: %s', (text, rule) => {
    expect(errors(text, 'elsewhere')).toEqual([rule]);
  });
});
