import { printable } from '@regfleet/model';
import { columnsOf } from './columns.ts';

/**
 * Rows under headings, columns padded to their widest cell, two blanks between them.
 *
 * @param align - `right` for columns of numbers.
 */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  align: Readonly<Record<string, 'right'>> = {},
): string {
  const shown = rows.map((row) => row.map(printable));
  const widths = headings.map((heading, column) =>
    shown.reduce((widest, row) => Math.max(widest, columnsOf(row[column] ?? '')), heading.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const padding = ' '.repeat(Math.max(0, (widths[column] ?? 0) - columnsOf(cell)));
        return align[headings[column] ?? ''] === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return [line(headings), ...shown.map(line)].join('\n');
}
