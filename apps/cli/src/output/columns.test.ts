import { describe, expect, it } from 'vitest';
import { keptTerminal } from '../terminal.fixture.ts';
import type { Terminal } from '../terminal.ts';
import { columnsOf, cutToColumns } from './columns.ts';
import { createProgress } from './progress.ts';
import { formatTable } from './table.ts';

describe('cli/output/columns', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['Größe', 5],
    ['Gro\u0308ße', 5],
    ['зеркало', 7],
    ['鏡像', 4],
    ['미러', 4],
    ['ﾐﾗｰ', 3],
    ['ok 🚀', 5],
    ['𠀀', 2],
  ])('knows how wide a terminal draws "%s"', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  it.each([
    ['plain', 3, 'pla'],
    ['鏡像同步', 5, '鏡像'],
    ['🚀🚀', 3, '🚀'],
    ['o\u0308o', 1, 'o\u0308'],
    ['plain', 0, ''],
    ['plain', -1, ''],
  ])('cuts "%s" to %i columns between two characters', (text, columns, fitting) => {
    expect(cutToColumns(text, columns)).toBe(fitting);
  });

  it('keeps a live line of wide characters to one row, and takes all rows away once the terminal is narrower', () => {
    const written: string[] = [];
    const terminal: Terminal & { columns: number } = {
      ...keptTerminal({ write: (text) => void written.push(text), isInteractive: true }).terminal,
      columns: 11,
    };
    let nowMs = 0;
    const progress = createProgress(terminal, () => (nowMs += 1_000));
    progress.update(() => '鏡像同步任務: 1 tag');
    terminal.columns = 6;
    progress.end();
    expect(written).toEqual(['\r\u001b[2K鏡像同步任', '\r\u001b[2K\u001b[1A\u001b[2K']);
  });

  it('aligns the columns of a table by what is drawn', () => {
    const rows = [
      ['鏡像', '1'],
      ['plain', '2'],
    ];
    expect(formatTable(['task', 'copied'], rows, { align: { copied: 'right' } })).toBe(
      ['task   copied', '鏡像        1', 'plain       2'].join('\n'),
    );
  });
});
