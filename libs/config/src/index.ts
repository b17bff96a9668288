export { formatIssue } from './format-issue.ts';
export { type LoadOptions, loadConfig } from './load.ts';
export { locationFor } from './location-for.ts';
export type * from './model.ts';
export { type ParseOptions, parseConfig } from './parse.ts';
export { parseRegexRule, type RegexRule } from './regex/regex-rule.ts';
export { type ImageName, imageNames, parseTagEntry, type TagEntry } from './tags/entry.ts';
export { parseTagFilter } from './tags/filter.ts';
