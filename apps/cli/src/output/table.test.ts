import { describe, expect, it } from 'vitest';
import { formatRunList } from './run-list.ts';
import { runRecord } from './run-record.fixture.ts';
import { formatTable } from './table.ts';

const HEADINGS = ['state', 'source', 'copied'];
const ROWS = [
  ['missing', 'docker.io/library/busybox:1.36', '3'],
  ['in-sync', 'docker.io/library/alpine:3', ''],
];
const align = { copied: 'right' } as const;

describe('cli/output/table', () => {
  it('is a table where it fits, and where nobody says how wide it may be', () => {
    const table = [
      'state    source                          copied',
      'missing  docker.io/library/busybox:1.36       3',
      'in-sync  docker.io/library/alpine:3',
    ].join('\n');
    expect(formatTable(HEADINGS, ROWS, { align })).toBe(table);
    expect(formatTable(HEADINGS, ROWS, { align, columns: 80 })).toBe(table);
    expect(formatTable(HEADINGS, ROWS, { align, columns: 47 })).toBe(table);
  });

  it('is a paragraph for each row where it would be too wide', () => {
    const text = formatTable(HEADINGS, ROWS, { align, columns: 40 });
    expect(text.split('\n')).toEqual([
      'state: missing',
      '  source: docker.io/library/busybox:1.36',
      '  copied: 3',
      'state: in-sync',
      '  source: docker.io/library/alpine:3',
    ]);
  });

  it.each([80, 40])('keeps what stands below the row of a run with it, in %d columns', (columns) => {
    const runs = ['one', 'two'].map((id) =>
      runRecord({
        id: `${id}-5k2ab3f9QxZ`,
        task: 'nightly',
        outcome: 'failed',
        finishedAtMs: 95_000,
        reason: `of ${id}`,
      }),
    );
    const lines = formatRunList(runs, { nowMs: 100_000, hasMore: false, columns }).split('\n');
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    const at = (part: string): number => lines.findIndex((line) => line.includes(part));
    expect([at('one-5k'), at('of one'), at('two-5k'), at('of two')]).toEqual(
      [at('one-5k'), at('of one'), at('two-5k'), at('of two')].toSorted((a, b) => a - b),
    );
  });
});
