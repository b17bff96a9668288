export type * from './model.ts';
export { parseRegexRule, type RegexRule } from './regex/regex-rule.ts';
export { type ImageName, imageNames, parseTagEntry, type TagEntry } from './tags/entry.ts';
export { parseTagFilter } from './tags/filter.ts';
