const FATAL = /level=fatal msg=("(?:[^"\\]|\\.)*"|\S+)/g;

/** What skopeo says it died of: the message of its last `level=fatal` line, else the last line of its stderr. */
export function fatalMessage(stderr: string): string {
  const fatal = [...stderr.matchAll(FATAL)].at(-1)?.[1];
  if (fatal !== undefined) return unquote(fatal);
  return stderr.trimEnd().split('\n').at(-1)?.trim() ?? '';
}

// Go's %q: JSON's escapes and a few more, which stay as they are.
function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1).replaceAll('\\"', '"');
  }
}
