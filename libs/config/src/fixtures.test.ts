import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig } from './load.ts';

const FIXTURES = join(import.meta.dirname, '../../../test/fixtures/config');

const expectedIssues = z.array(
  z.strictObject({
    rule: z.string(),
    line: z.number(),
    column: z.number().optional(),
    path: z.string(),
    /** A part of the message. */
    message: z.string(),
  }),
);

const namesIn = (kind: 'valid' | 'invalid'): string[] =>
  readdirSync(join(FIXTURES, kind), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();

function expectedOf(kind: string, name: string): z.infer<typeof expectedIssues> {
  const file = join(FIXTURES, kind, `${name}.expected.json`);
  return existsSync(file) ? expectedIssues.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

// Most files show one thing, and leave the rest out.
const LEFT_OUT = ['tasks-missing', 'mappings-missing'];

async function load(kind: string, name: string) {
  const { config, issues } = await loadConfig(join(FIXTURES, kind, `${name}.yaml`), { env: {} });
  const expected = new Set(expectedOf(kind, name).map(({ rule }) => rule));
  const isLeftOut = (rule: string): boolean => LEFT_OUT.includes(rule) && !expected.has(rule);
  return {
    config,
    // Everybody may read what was checked out.
    issues: issues.filter(({ rule }) => !rule.endsWith('-world-readable') && !isLeftOut(rule)),
  };
}

const matching = (kind: string, name: string) =>
  expectedOf(kind, name).map((issue) =>
    expect.objectContaining({ ...issue, message: expect.stringContaining(issue.message) }),
  );

describe('config/fixtures', () => {
  it.each(namesIn('valid'))('valid/%s is a config, with the expected warnings', async (name) => {
    const { config, issues } = await load('valid', name);
    expect(issues).toEqual(matching('valid', name));
    expect(config).toBeDefined();
  });

  it.each(namesIn('invalid'))('invalid/%s is refused with the expected issues', async (name) => {
    const { config, issues } = await load('invalid', name);
    expect(issues).toEqual(matching('invalid', name));
    expect(issues.some((issue) => issue.severity === 'error')).toBe(true);
    expect(config).toBeUndefined();
  });

  it.each(namesIn('invalid'))('no issue of invalid/%s repeats a password', async (name) => {
    const { issues } = await load('invalid', name);
    expect(JSON.stringify(issues)).not.toMatch(/hunter2|s3cret/);
  });

  it.each(namesIn('invalid'))('every error of invalid/%s says what to do', async (name) => {
    const { issues } = await load('invalid', name);
    const silent = issues.filter((issue) => issue.severity === 'error' && issue.hint === undefined);
    expect(silent.map((issue) => issue.rule)).toEqual([]);
  });
});
