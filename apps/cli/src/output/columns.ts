import stringWidth from 'string-width';

// Nearly all there is; a plan may have a hundred thousand rows.
const PLAIN = /^[\x20-\x7e]*$/;

const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many columns of a terminal a printable text fills. */
export const columnsOf = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

/** As much of the beginning of a printable text as fits into so many columns. */
export function cutToColumns(text: string, columns: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, columns));
  let fitting = '';
  let left = columns;
  for (const { segment } of CHARACTERS.segment(text)) {
    left -= stringWidth(segment);
    if (left < 0) break;
    fitting += segment;
  }
  return fitting;
}
