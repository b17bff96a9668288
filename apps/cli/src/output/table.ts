import { printable } from '@regfleet/model';

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
    shown.reduce((widest, row) => Math.max(widest, (row[column] ?? '').length), heading.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return align[headings[column] ?? ''] === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(headings), ...shown.map(line)].join('\n');
}
