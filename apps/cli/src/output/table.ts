import { printable } from '@regfleet/model';
import { columnsOf } from './columns.ts';

export interface TableLayout {
  /** `right` for columns of numbers. */
  readonly align?: Readonly<Record<string, 'right'>>;
  /** How wide it may be; absent: as wide as it is. */
  readonly columns?: number | undefined;
}

/** A table whose rows others put lines between. */
export interface TableLines {
  /** Absent where each row has its headings itself. */
  readonly headings?: string;
  /** One text for each row, of several lines where the table would be too wide. */
  readonly rows: readonly string[];
}

/** Rows under headings, as `tableLines` has them. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  layout: TableLayout = {},
): string {
  const lines = tableLines(headings, rows, layout);
  return [...(lines.headings === undefined ? [] : [lines.headings]), ...lines.rows].join('\n');
}

/**
 * Rows under headings, columns padded to their widest cell, two blanks between them. Where that is wider than it may be, a
 * paragraph for each row: its first cell, and below it each other one that is not empty, behind its heading.
 */
export function tableLines(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { align = {}, columns = Number.POSITIVE_INFINITY }: TableLayout = {},
): TableLines {
  const shown = rows.map((row) => row.map(printable));
  const widths = headings.map((heading, column) =>
    shown.reduce((widest, row) => Math.max(widest, columnsOf(row[column] ?? '')), heading.length),
  );
  const width = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  if (width > columns && shown.length > 0) return { rows: shown.map((row) => paragraph(headings, row)) };
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const padding = ' '.repeat(Math.max(0, (widths[column] ?? 0) - columnsOf(cell)));
        return align[headings[column] ?? ''] === 'right' ? padding + cell : cell + padding;
      })
      .join(GAP)
      .trimEnd();
  return { headings: line(headings), rows: shown.map(line) };
}

const GAP = '  ';

function paragraph(headings: readonly string[], [first = '', ...cells]: readonly string[]): string {
  const facts = cells.flatMap((cell, at) => (cell === '' ? [] : [`${GAP}${headings[at + 1]}: ${cell}`]));
  return [`${headings[0]}: ${first}`, ...facts].join('\n');
}
