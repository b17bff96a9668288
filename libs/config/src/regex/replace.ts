import type { Matcher, RE2JS } from 're2js';
import { groupsNamed } from './repeated-names.ts';
import type { GroupPart, TemplatePart } from './template.ts';

/**
 * `text` with every non-overlapping match replaced, as Go's `Regexp.ReplaceAllString` does it.
 *
 * An empty match directly behind a match is left alone, so `.*` replaces a text once; JavaScript would do it twice.
 */
export function replaceAll(regex: RE2JS, text: string, template: readonly TemplatePart[]): string {
  const matcher = regex.matcher(text);
  let result = '';
  let replacedTo = 0;
  let from = 0;
  while (from <= text.length && matcher.find(from)) {
    const start = matcher.start();
    const end = matcher.end();
    result += text.slice(replacedTo, start);
    if (end > replacedTo || start === 0) result += expand(template, matcher);
    replacedTo = end;
    from = Math.max(end, from + widthAt(text, from));
  }
  return result + text.slice(replacedTo);
}

const widthAt = (text: string, position: number): number =>
  (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;

function expand(template: readonly TemplatePart[], matcher: Matcher): string {
  return template.map((part) => (part.kind === 'literal' ? part.text : groupText(part, matcher))).join('');
}

/** The text of a group, of several with one name the first that took part; empty when none did or there is none. */
export function groupText(part: GroupPart, matcher: Matcher): string {
  const indexes = part.kind === 'index' ? [part.index] : groupsNamed(matcher.pattern(), part.name);
  for (const index of indexes) {
    const text = index > matcher.groupCount() ? null : matcher.group(index);
    if (text !== null) return text;
  }
  return '';
}
