// Control and format characters, and what ends a line: they move the cursor, hide or reorder what follows, forge lines.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const UNPRINTABLE_BUT_LINE_ENDS = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * `text` as it can be shown on a terminal or in a log, on one line: control and format characters as escapes of JSON, so
 * that what is JSON stays what it is.
 *
 * For outputs: inside, texts are kept as they came.
 */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escapeOf);

/** The same for a text of several lines. */
export const printableLines = (text: string): string => text.replace(UNPRINTABLE_BUT_LINE_ENDS, escapeOf);

function escapeOf(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('');
}
