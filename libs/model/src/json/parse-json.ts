// No answer of a registry is nested deeper than a few levels.
const MAX_DEPTH = 64;
// A list of all tags of the largest repositories has some hundred thousand, GCR's with a map of manifests ten for each.
const MAX_PARTS = 1_000_000;

/** Absent: it is no JSON, or has more to it than any answer that is meant to be read. For answers whose shape a schema decides on. */
export function parseJson(text: string): unknown {
  try {
    return isBounded(text) ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Each object and element takes many times its text once it is parsed, so they are counted before. */
function isBounded(text: string): boolean {
  let depth = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case BRACKET:
      case BRACE:
        depth += 1;
        parts += 1;
        break;
      case COMMA:
        parts += 1;
        break;
      case BRACKET_END:
      case BRACE_END:
        depth -= 1;
        break;
    }
    if (depth > MAX_DEPTH || parts > MAX_PARTS) return false;
  }
  return true;
}

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACKET_END, BRACE, BRACE_END] = [
  0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d,
];

/** Where the text ends that begins there. */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) break;
    if (code === BACKSLASH) at += 1;
  }
  return at;
}
