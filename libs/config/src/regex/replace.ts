import type { Matcher, RE2JS } from 're2js';
import type { TemplatePart } from './template.ts';

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

/** The text of a group; empty when it took no part in the match or does not exist. */
function groupText(part: Exclude<TemplatePart, { kind: 'literal' }>, matcher: Matcher): string {
  const index = part.kind === 'index' ? part.index : groupIndex(matcher.pattern(), part.name);
  return index === undefined || index > matcher.groupCount() ? '' : (matcher.group(index) ?? '');
}

/** The number of a named group of an expression; absent when no group has the name. */
export function groupIndex(regex: RE2JS, name: string): number | undefined {
  const groups = regex.namedGroups();
  return Object.hasOwn(groups, name) ? groups[name] : undefined;
}
