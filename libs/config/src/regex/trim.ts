// Go's strings.TrimSpace trims Unicode White_Space: with U+0085 and without U+FEFF, unlike String.prototype.trim.
const SPACE = /\p{White_Space}/u;

/** `text` without white space at its ends, as Go understands white space. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.test(text.charAt(start))) start += 1;
  while (end > start && SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
