/** `to` in two: how repositories are named, and how tags are; the tags keep their names where it has no colon behind its last slash. */
export interface TargetTexts {
  readonly path: string;
  readonly tag?: string;
}

const TAG = /^(.*?):([^/]*)$/s;

export function splitTo(text: string): TargetTexts {
  // The expression of a rewrite has colons of its own.
  const comma = text.startsWith('regex:') ? text.indexOf(',') : -1;
  if (comma < 0 && text.startsWith('regex:')) return { path: text };
  const name = Math.max(text.lastIndexOf('/'), comma) + 1;
  const [, last, tag] = TAG.exec(text.slice(name)) ?? [];
  return last === undefined || tag === undefined ? { path: text } : { path: text.slice(0, name) + last, tag };
}
