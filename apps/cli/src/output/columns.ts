import { createRequire } from 'node:module';

// Nearly all there is; a plan may have a hundred thousand rows.
const PLAIN = /^[\x20-\x7e]*$/;

const requireHere = createRequire(import.meta.url);

/** Loaded when it is needed: it compiles the tables of Unicode at once, for 20 ms of a start of which next to no command has use. */
function widthOf(text: string): number {
  const { default: stringWidth }: typeof import('string-width') = requireHere('string-width');
  return stringWidth(text);
}

let segmenter: Intl.Segmenter | undefined;

/** Made when it is needed: it reads a table of its own, for 5 ms of a start. */
function charactersOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** How many columns of a terminal a printable text fills. */
export const columnsOf = (text: string): number => (PLAIN.test(text) ? text.length : widthOf(text));

/** As much of the beginning of a printable text as fits into so many columns. */
export function cutToColumns(text: string, columns: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, columns));
  let fitting = '';
  let left = columns;
  for (const { segment } of charactersOf(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    fitting += segment;
  }
  return fitting;
}
