import { describe, expect, it } from 'vitest';
import { Report } from '../report.ts';
import { expandEnvironment } from './environment.ts';

function expand(value: string, env: Record<string, string> = {}) {
  const report = new Report('config.yaml');
  const text = expandEnvironment(
    { value, at: { line: 1, column: 1, path: 'auth' } },
    { report, env, file: 'config.yaml' },
  );
  return {
    text,
    rules: report.issues().map((issue) => issue.rule),
    messages: JSON.stringify(report.issues()),
  };
}

describe('config/credentials/environment', () => {
  it(`replaces \${NAME}, several times`, () => {
    expect(expand(`<\${A}\${B_2}>`, { A: 'one', B_2: 'two' }).text).toBe('<onetwo>');
  });

  it('does not expand what a variable holds', () => {
    expect(expand(`\${A}`, { A: `\${B}$$` }).text).toBe(`\${B}$$`);
  });

  it.each([
    ['$$', '$'],
    [`$\${A}`, `\${A}`],
    ['pa$word', 'pa$word'],
    ['$1', '$1'],
    ['end$', 'end$'],
  ])('reads %s as %s', (value, text) => {
    expect(expand(value, { A: 'one' }).text).toBe(text);
  });

  it('reports each variable that is not set, or empty', () => {
    expect(expand(`\${A}\${B}`, { B: '' })).toMatchObject({
      text: undefined,
      rules: ['env-unset', 'env-unset'],
    });
  });

  it.each([`\${`, `\${A`, `\${}`, `\${A:-secret}`, `\${1}`])('refuses %s without repeating it', (value) => {
    const { text, rules, messages } = expand(value, { A: 'one' });
    expect({ text, rules }).toEqual({ text: undefined, rules: ['env-invalid'] });
    expect(messages).not.toContain('secret');
  });
});
