import { withoutCredentials } from './credentials.ts';
import { withoutKnownSecrets } from './known-secrets.ts';

// More than any message of ours needs, and little enough to be looked through in a moment.
const MAX_LENGTH = 8 * 1024;
// How far back a long text is cut for the sake of its last word.
const LONG_WORD = 4 * 1024;
// A known secret that ends within it is seen whole, so that no cut leaves the first half of one.
const LOOK_AHEAD = 16 * 1024;

/**
 * `text` without the secrets that this process knows, and without what looks like a credential: URL user info, authorization
 * values, signed query parameters, token fields.
 *
 * A text of more than 8 KiB is cut first: whoever chose it, looking at it costs little.
 */
export function redact(text: string): string {
  if (text.length <= MAX_LENGTH) return withoutCredentials(withoutKnownSecrets(text));
  const window = withoutKnownSecrets(text.slice(0, MAX_LENGTH + LOOK_AHEAD));
  // Where the window itself ends in the middle of a secret, that stands behind the limit.
  const limit = text.length <= MAX_LENGTH + LOOK_AHEAD ? window.length : window.length - LOOK_AHEAD;
  const beginning = beginningOf(window, Math.max(0, Math.min(MAX_LENGTH, limit)));
  return `${withoutCredentials(beginning)}… (${text.length} characters)`;
}

/** A part that leaves no first half of a credential: what ends it may come later, as the @ behind a password does. */
function beginningOf(text: string, limit: number): string {
  const blank = Math.max(text.lastIndexOf(' ', limit), text.lastIndexOf('\n', limit));
  if (blank > limit - LONG_WORD) return text.slice(0, blank);
  const cut = text.slice(0, limit);
  const url = cut.lastIndexOf('://');
  return url > blank ? cut.slice(0, url) : cut;
}
