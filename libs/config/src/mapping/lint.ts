import type { RepositoryRule } from '../model.ts';
import { doubtRegex } from '../regex/doubtful.ts';
import { lintTagPatterns, lintTagRules } from '../tags/lint.ts';
import { isRepository } from '../tags/reference-check.ts';
import { parseFrom, regexOf } from './from.ts';
import { meetingNames } from './lint-meeting.ts';
import { lintTo } from './lint-to.ts';
import type { RuleProblem } from './problem.ts';
import { toRepository } from './repository-path.ts';
import type { MappingText } from './rule.ts';
import { parseTo, type TargetRule } from './to.ts';

/** Rules that are valid but most likely do not mean what their author thinks: warnings. Invalid rules are passed over. */
export function lintMappingRule(text: MappingText): readonly RuleProblem[] {
  const from = parseFrom(text.from);
  const to = parseTo(text.to ?? '');
  return [
    ...('value' in from ? lintFrom(text.from) : []),
    ...('value' in from && 'value' in to ? lintTo(text.to ?? '', to.value, from.value) : []),
    ...('value' in from && 'value' in to ? lintMeeting(text, to.value, from.value) : []),
    ...lintTagRules(text.tags ?? []).map((problem) => ({ ...problem, key: 'tags' as const })),
    ...lintTagPatterns(text.immutable ?? []).map((problem) => ({ ...problem, key: 'immutable' as const })),
  ];
}

function lintMeeting(text: MappingText, to: TargetRule, from: RepositoryRule): RuleProblem[] {
  const found = meetingNames(from, text.from, to);
  if (found === undefined) return [];
  const [one, other] = found.names;
  return [
    {
      key: 'to',
      rule: 'to-drops-difference',
      message: `"${text.to}" sends several repositories to one, e.g. "${one}" and "${other}" to "${found.target}": tags that both have are not copied`,
      hint: 'keep what tells them apart: put it into parentheses and write $1 in the replacement',
    },
  ];
}

function lintFrom(text: string): RuleProblem[] {
  const expression = regexOf(text);
  if (expression !== undefined) {
    return doubtRegex(expression).map((doubt) => ({
      ...doubt,
      key: 'from',
      message: `"${text}" ${doubt.message}`,
    }));
  }
  if (isRepository(toRepository(text))) return [];
  return [
    {
      key: 'from',
      rule: 'repository-name-invalid',
      message: `"${text}" is not a repository name`,
      hint: fromHint(text),
    },
  ];
}

function fromHint(text: string): string {
  if (/[*?()|[\]\\^$]/.test(text))
    return 'to take several repositories, write regex: in front; "anything" is .*';
  if (/[:@]/.test(text)) return 'tags and digests go into the list of tags';
  return 'repository names are lower-case letters, digits and . _ - between slashes';
}
