import { describe, expect, it } from 'vitest';
import { markdownTable } from './table.ts';

describe('bench/report/table', () => {
  it('lines up the first column to the left and the others to the right', () => {
    expect(
      markdownTable(
        ['Name', 'N'],
        [
          ['a', '1'],
          ['longer', '1,000'],
        ],
      ),
    ).toBe(
      ['| Name   |     N |', '| ------ | ----: |', '| a      |     1 |', '| longer | 1,000 |'].join('\n'),
    );
  });
});
