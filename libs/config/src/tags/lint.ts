import { doubtRegex } from '../regex/doubtful.ts';
import { imageNames, parseTagEntry } from './entry.ts';
import type { TagRuleProblem } from './filter.ts';
import { doubtRange } from './range-doubt.ts';
import { isImageName } from './reference-check.ts';
import { parseTagRule, type TagRule } from './tag-rule.ts';

/** Entries of a `tags` list that are valid but most likely do not mean what their author thinks. Invalid entries are passed over. */
export function lintTagRules(entries: readonly string[]): TagRuleProblem[] {
  const rules = entries.map((entry) => {
    const parsed = parseTagRule(entry);
    return 'value' in parsed ? parsed.value : undefined;
  });
  return rules.flatMap((rule, index) => {
    if (rule === undefined) return [];
    const doubts = [...lintRule(rule), ...lintAmong(rule, rules.slice(index + 1), rules)];
    return doubts.map((doubt) => problemOf(rule, index, doubt));
  });
}

/** The same of an `immutable` list, whose entries do not bear on each other. */
export function lintTagPatterns(entries: readonly string[]): TagRuleProblem[] {
  return entries.flatMap((entry, index) => {
    const parsed = parseTagRule(entry);
    if (!('value' in parsed)) return [];
    const { value } = parsed;
    const doubts = value.kind === 'empty' ? [EMPTY_ENTRY] : lintRule(value);
    return doubts.map((doubt) => problemOf(value, index, doubt));
  });
}

const problemOf = (rule: TagRule, index: number, doubt: Doubt): TagRuleProblem => ({
  ...doubt,
  message: `"${rule.text}" ${doubt.message}`,
  index,
});

type Doubt = Omit<TagRuleProblem, 'index'>;

function lintRule(rule: TagRule): Doubt[] {
  switch (rule.kind) {
    case 'semver':
      return doubtRange(rule.text.slice('semver:'.length));
    case 'regex':
      return doubtRegex(expressionOf(rule.text));
    case 'keep':
      return [...doubtRegex(expressionOf(rule.text)), ...lintKeep(expressionOf(rule.text))];
    case 'latest':
      return rule.count === 0 ? [ZERO_COUNT] : [];
    case 'verbatim':
      return lintVerbatim(rule.text);
    case 'empty':
      return [];
  }
}

const ZERO_COUNT: Doubt = {
  rule: 'keep-count-zero',
  message: 'sets no limit at all',
  hint: 'remove it, or name the number of tags to keep',
};

const EMPTY_ENTRY: Doubt = {
  rule: 'tag-entry-empty',
  message: 'is empty and is ignored',
  hint: 'remove it, or name a tag',
};

const expressionOf = (text: string): string =>
  text
    .slice(text.indexOf(':') + 1)
    .trimStart()
    .replace(/^!/, '');

function lintKeep(expression: string): Doubt[] {
  if (!/^(?:(?:latest|newest|last)\s*[-+]?)?[0-9]+$/i.test(expression)) return [];
  return [
    {
      rule: 'keep-count-misread',
      message: `is a regular expression that keeps only tags named "${expression}"`,
      hint: 'a limit is written keep: latest 5, with blanks and a number without sign',
    },
  ];
}

function lintVerbatim(text: string): Doubt[] {
  const { source, target } = imageNames(parseTagEntry(text));
  if (isImageName(source) && isImageName(target)) return [];
  return [
    {
      rule: 'tag-name-invalid',
      message: 'is neither a tag nor a digest that an image can have',
      ...hinted(text),
    },
  ];
}

function hinted(text: string): { hint?: string } {
  if (/^\w+:/.test(text) && !text.startsWith('sha'))
    return { hint: 'rules start with semver:, regex: or keep:, in lower case' };
  if (/^[<>=!~^]+\s*v?[0-9]/.test(text)) return { hint: `for a range of versions, write semver: ${text}` };
  return /[*?()|[\]\\^$]/.test(text)
    ? { hint: 'for an expression, write regex: in front; "anything" is .*' }
    : {};
}

/** What only shows beside the other rules. */
function lintAmong(
  rule: TagRule,
  later: readonly (TagRule | undefined)[],
  all: readonly (TagRule | undefined)[],
): Doubt[] {
  const has = (kind: TagRule['kind']): boolean => all.some((other) => other?.kind === kind);
  // Where nothing but empty entries names tags, the first one is an error already.
  if (rule.kind === 'empty') return has('verbatim') || has('semver') || has('regex') ? [EMPTY_ENTRY] : [];
  if (rule.kind === 'latest' && later.some((other) => other?.kind === 'latest')) {
    return [{ rule: 'keep-count-repeated', message: 'has no effect: the last limit of the list counts' }];
  }
  if (rule.kind === 'keep' && has('verbatim') && !has('semver') && !has('regex')) {
    return [
      {
        rule: 'keep-without-effect',
        message: 'has no effect: the list only names tags, and those are always kept',
        hint: 'name the tags to choose from by semver: or regex:',
      },
    ];
  }
  return [];
}
