import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const DOCS = join(import.meta.dirname, '../docs');
const PAGE = readFileSync(join(DOCS, 'security.md'), 'utf8');

/** What the page states of parties: every item below the headings that follow what the operator does. */
const statements = PAGE.slice(PAGE.indexOf('\n## Logins'))
  .split('\n')
  .filter((line) => line.startsWith('- '));

const tests = statements.flatMap((statement) =>
  [...statement.matchAll(/\[[^\]]+\]\(([^)]+)\), "([^"]+)"/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  })),
);

describe('docs/security.md', () => {
  it.each(statements)('names a test: %s', (statement) => {
    expect(statement).toMatch(
      /\. Test: \[[^\]]+\]\([^)]+\.test\.ts\), "[^"]+"(?:; \[[^\]]+\]\([^)]+\.test\.ts\), "[^"]+")*\.$/,
    );
  });

  it.each(tests)('names a test that is there: $title', ({ file, title }) => {
    const source = readFileSync(join(DOCS, file), 'utf8');
    expect(["'", '`'].some((quote) => source.includes(`${quote}${title}${quote},`))).toBe(true);
  });
});
