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
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return align[headings[column] ?? ''] === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(headings), ...rows.map(line)].join('\n');
}
