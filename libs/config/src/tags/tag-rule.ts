import { type Flaw, flawed, type Parsed } from '../regex/parsed.ts';
import { parseRegexRule, type RegexRule } from '../regex/regex-rule.ts';
import { trimSpace } from '../regex/trim.ts';
import { parseRange, type VersionRange } from './range.ts';

/** One entry of a mapping's `tags`; `text` is the entry without blanks around it. */
export type TagRule =
  | { readonly kind: 'semver'; readonly text: string; readonly range: VersionRange }
  | { readonly kind: 'regex'; readonly text: string; readonly regex: RegexRule }
  | { readonly kind: 'keep'; readonly text: string; readonly regex: RegexRule }
  /** `count` 0: no limit. */
  | { readonly kind: 'latest'; readonly text: string; readonly count: number }
  | { readonly kind: 'verbatim'; readonly text: string }
  | { readonly kind: 'empty'; readonly text: '' };

/** A flaw with the kebab-case name that issues of its sort carry. */
export interface TagRuleFlaw extends Flaw {
  readonly rule: string;
}

// Of the white space, only blanks divide the number from what is before it.
const LATEST = /^keep:[\t\n\v\f\r ]+latest[\t\n\v\f\r ]+[0-9]+$/;
const MAX_COUNT = 2n ** 63n - 1n;

/** Parses one entry: prefixes are case-sensitive, the first that fits decides, anything else is a verbatim tag. */
export function parseTagRule(entry: string): { readonly value: TagRule } | { readonly flaw: TagRuleFlaw } {
  const text = trimSpace(entry);
  if (text === '') return { value: { kind: 'empty', text } };
  if (text.startsWith('semver:')) {
    return named('semver-range-invalid', text, parseRange(text.slice('semver:'.length)), (range) => ({
      kind: 'semver',
      text,
      range,
    }));
  }
  if (text.startsWith('regex:')) {
    const regex = parseRegexRule(text.slice('regex:'.length));
    return named('tag-regex-invalid', text, regex, (value) => ({ kind: 'regex', text, regex: value }));
  }
  if (LATEST.test(text)) {
    return named('keep-count-invalid', text, parseCount(text), (count) => ({ kind: 'latest', text, count }));
  }
  if (text.startsWith('keep:')) {
    const regex = parseRegexRule(text.slice('keep:'.length));
    return named('keep-regex-invalid', text, regex, (value) => ({ kind: 'keep', text, regex: value }));
  }
  return { value: { kind: 'verbatim', text } };
}

function named<T>(
  rule: string,
  text: string,
  parsed: Parsed<T>,
  make: (value: T) => TagRule,
): { readonly value: TagRule } | { readonly flaw: TagRuleFlaw } {
  if ('value' in parsed) return { value: make(parsed.value) };
  return { flaw: { ...parsed.flaw, rule, message: `"${text}" ${parsed.flaw.message}` } };
}

function parseCount(text: string): Parsed<number> {
  const word = text.slice(text.lastIndexOf(' ') + 1);
  if (!/^[0-9]+$/.test(word))
    return flawed('has no number behind its last blank', 'write keep: latest 5, with blanks');
  const count = BigInt(word);
  return count > MAX_COUNT ? flawed('has a number that is too large') : { value: Number(count) };
}
