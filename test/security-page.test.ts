import { describe, expect, it } from 'vitest';
import { isThere, namedTests, pageOf } from './named-tests.ts';

const PAGE = pageOf('security.md');

/** What the page states of parties: every item below the headings that follow what the operator does. */
const statements = PAGE.slice(PAGE.indexOf('\n## Logins'))
  .split('\n')
  .filter((line) => line.startsWith('- '));

describe('docs/security.md', () => {
  it.each(statements)('names a test: %s', (statement) => {
    expect(statement).toMatch(
      /\. Test: \[[^\]]+\]\([^)]+\.test\.ts\), "[^"]+"(?:; \[[^\]]+\]\([^)]+\.test\.ts\), "[^"]+")*\.$/,
    );
  });

  it.each(statements.flatMap(namedTests))('names a test that is there: $title', (test) => {
    expect(isThere(test)).toBe(true);
  });
});
