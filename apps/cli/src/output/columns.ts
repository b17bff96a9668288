// What terminals draw two columns wide: https://www.unicode.org/reports/tr11/, W and F, and emoji.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18dff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
// Drawn over the character before.
const NARROW = /[\p{Mn}\p{Me}]/u;

// Nearly all there is; a plan may have a hundred thousand rows.
const PLAIN = /^[\x20-\x7e]*$/;

const widthOf = (character: string): number => {
  if (NARROW.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
};

/** How many columns of a terminal a printable text fills. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** As much of the beginning of a printable text as fits into so many columns. */
export function cutToColumns(text: string, columns: number): string {
  let fitting = '';
  let left = columns;
  for (const character of text) {
    left -= widthOf(character);
    if (left < 0) break;
    fitting += character;
  }
  return fitting;
}
