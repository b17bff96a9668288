// With one slash where a path was put together of a URL, as of one that stands where a repository was expected.
const SCHEME = /:\/\/|https?:\/(?!\/)/g;
const PORT_AND_PATH = /\d{1,5}\//y;
const DIGEST = /@sha\d{3}:/g;

/**
 * `text` without the users and passwords of its URLs: `https://***@host`.
 *
 * A password ends at the last @ of its word, since passwords are written there as they are. `host:port/repository@digest`
 * has none. Every character is looked at a bounded number of times.
 */
export function withoutUserInfo(text: string): string {
  return text.includes(':/') ? text.replace(/\S+/g, cleanWord) : text;
}

function cleanWord(word: string): string {
  const lastAt = word.lastIndexOf('@');
  const lastDigest = lastMatch(word, DIGEST);
  let clean = '';
  let done = 0;
  for (const { 0: scheme, index } of word.matchAll(SCHEME)) {
    const start = index + scheme.length;
    // Part of a password.
    if (index < done) continue;
    const end = endOfUserInfo(word, start, { lastAt, lastDigest });
    clean += end === undefined ? word.slice(done, start) : `${word.slice(done, start)}***@`;
    done = end ?? start;
  }
  return clean + word.slice(done);
}

/** Where the host begins; absent: there is no user in front of it. */
function endOfUserInfo(
  word: string,
  start: number,
  { lastAt, lastDigest }: { lastAt: number; lastDigest: number },
): number | undefined {
  let end = start;
  while (end < word.length && !'/@:'.includes(word.charAt(end))) end += 1;
  if (word[end] === '@') return end > start ? end + 1 : undefined;
  if (word[end] !== ':' || word[start] === '[' || lastAt <= end) return undefined;
  PORT_AND_PATH.lastIndex = end + 1;
  const isDigest = PORT_AND_PATH.test(word) && lastDigest > end;
  return isDigest ? undefined : lastAt + 1;
}

function lastMatch(text: string, pattern: RegExp): number {
  let last = -1;
  for (const { index } of text.matchAll(pattern)) last = index;
  return last;
}
