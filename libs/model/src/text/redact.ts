import { withoutCredentials } from './credentials.ts';

// More than any message of ours needs, and little enough to be looked through in a moment.
const MAX_LENGTH = 8 * 1024;
// How far back a long text is cut for the sake of its last word.
const LONG_WORD = 4 * 1024;

/**
 * `text` without what looks like a credential: URL user info, authorization values, signed query parameters, token fields.
 *
 * A text of more than 8 KiB is cut first: whoever chose it, looking at it costs little.
 */
export function redact(text: string): string {
  if (text.length <= MAX_LENGTH) return withoutCredentials(text);
  return `${withoutCredentials(beginningOf(text))}… (${text.length} characters)`;
}

/** A part that leaves no first half of a credential: what ends it may come later, as the @ behind a password does. */
function beginningOf(text: string): string {
  const blank = Math.max(text.lastIndexOf(' ', MAX_LENGTH), text.lastIndexOf('\n', MAX_LENGTH));
  if (blank > MAX_LENGTH - LONG_WORD) return text.slice(0, blank);
  const cut = text.slice(0, MAX_LENGTH);
  const url = cut.lastIndexOf('://');
  return url > blank ? cut.slice(0, url) : cut;
}
