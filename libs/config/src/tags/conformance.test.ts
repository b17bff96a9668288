import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTagFilter } from './filter.ts';

interface Case {
  readonly name: string;
  readonly filter: readonly string[];
  readonly tags: readonly string[];
  readonly expect?: readonly string[];
  readonly invalid?: boolean;
}

const FIXTURE = new URL('../../../../test/fixtures/conformance/tag-filters.json', import.meta.url);
const cases = JSON.parse(readFileSync(FIXTURE, 'utf8')) as readonly Case[];

describe('config/tags/conformance', () => {
  it.each(cases.filter((entry) => entry.invalid === true))(
    'refuses $filter as dregsy does ($name)',
    (entry) => {
      expect(() => parseTagFilter(entry.filter)).toThrow(
        expect.objectContaining({ code: 'TAG_FILTER_INVALID' }),
      );
    },
  );

  it.each(cases.filter((entry) => entry.invalid !== true))(
    'selects by $filter what dregsy selects ($name)',
    (entry) => {
      expect(parseTagFilter(entry.filter).select(entry.tags)).toEqual([...new Set(entry.expect)]);
    },
  );
});
