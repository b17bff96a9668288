import { describe, expect, it } from 'vitest';
import { isThere, namedTests, pageOf } from './named-tests.ts';

const rows = pageOf('registries.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| where'));

describe('docs/registries.md', () => {
  it('has rows', () => {
    expect(rows.length).toBeGreaterThan(20);
  });

  it.each(rows)('has a test for each row: %s', (row) => {
    expect(namedTests(row)).not.toEqual([]);
  });

  it.each(rows.flatMap(namedTests))('names a test that is there: $title', (test) => {
    expect(isThere(test)).toBe(true);
  });
});
