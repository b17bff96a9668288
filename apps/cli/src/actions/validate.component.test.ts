import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { called } from '../terminal.fixture.ts';

const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures/config', import.meta.url));

interface ExpectedIssue {
  readonly rule: string;
  readonly line: number;
}

const fixtures = (kind: 'valid' | 'invalid'): string[] =>
  readdirSync(join(FIXTURES, kind), { encoding: 'utf8', recursive: true }).filter((name) =>
    name.endsWith('.yaml'),
  );

async function validate(file: string): Promise<{ code: number; verdict: unknown }> {
  const { code, out } = await called(['-c', file, '--json', 'validate']);
  return { code, verdict: JSON.parse(out) };
}

describe('cli/actions/validate', () => {
  it('does without secrets that are elsewhere', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'config.yaml');
    const source = `{registry: a.example.com, username: joe, password: '\${NOBODY_SETS_IT}'}`;
    const target = '{registry: b.example.com, username: joe, password-file: nowhere.txt}';
    await writeFile(file, `tasks: [{name: a, source: ${source}, target: ${target}, mappings: [{from: a}]}]`);
    expect(await called(['validate', '-c', file])).toMatchObject({ code: 2 });
    expect(await called(['validate', '--no-secrets', '-c', file])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/: valid, 1 task \(/),
    });
  });

  it('is told what the config comes to, without its secrets', async () => {
    const file = join(FIXTURES, 'valid', 'registries.yaml');
    const told = await called(['config', '-c', file, '--redis', 'redis://joe:hunter2@r']);
    expect(told.out).toContain('url: redis://***:***@r:6379 # --redis');
    expect(told.out).not.toContain('hunter2');
    expect(told.code).toBe(0);
    expect(
      (await called(['config', '-c', join(FIXTURES, 'invalid', 'schedule/timezone-unknown.yaml')])).code,
    ).toBe(2);
  });

  it.each(fixtures('valid'))('gives 0 for %s', async (name) => {
    const { code, verdict } = await validate(join(FIXTURES, 'valid', name));
    expect({ code, verdict }).toMatchObject({ code: 0, verdict: { valid: true } });
  });

  it.each(fixtures('invalid'))('gives 2 for %s, and names the issues with their lines', async (name) => {
    const file = join(FIXTURES, 'invalid', name);
    const expected = await readFile(file.replace(/\.yaml$/, '.expected.json'), 'utf8');
    const issues = (JSON.parse(expected) as ExpectedIssue[]).map(({ rule, line }) => ({ rule, line }));
    const { code, verdict } = await validate(file);
    expect({ code, verdict }).toMatchObject({
      code: 2,
      verdict: {
        valid: false,
        issues: expect.arrayContaining(issues.map((issue) => expect.objectContaining(issue))),
      },
    });
  });
});
