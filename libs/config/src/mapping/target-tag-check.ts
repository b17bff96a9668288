import { isTagName } from '@regfleet/model';
import { parseTagEntry, type TagEntry } from '../tags/entry.ts';
import { selectTags, type TagRules, takesAll } from '../tags/selection.ts';
import type { RuleProblem } from './problem.ts';
import { createTargetTag, type TagPart } from './target-tag.ts';

interface Flawed {
  readonly rule: string;
  readonly message: string;
  readonly hint?: string;
}

/** What is wrong with a `to` that names tags, as far as it and `tags` can tell. */
export function checkTargetTag(
  text: string,
  parts: readonly TagPart[] | undefined,
  rules: TagRules,
): RuleProblem[] {
  if (parts === undefined) return [];
  const entries = rules.verbatim.map((rule) => parseTagEntry(rule.text));
  const flaw =
    checkGroups(parts, rules, entries) ?? checkKnown(parts, rules, entries) ?? checkNames(parts, rules);
  return flaw === undefined ? [] : [{ ...flaw, key: 'to', message: `"${text}" ${flaw.message}` }];
}

/** That every tag which may be chosen has the groups. */
function checkGroups(
  parts: readonly TagPart[],
  { matchers }: TagRules,
  entries: readonly TagEntry[],
): Flawed | undefined {
  const expressions = matchers.flatMap((rule) =>
    rule.kind === 'regex' && !rule.regex.inverted ? [rule] : [],
  );
  for (const part of parts) {
    if (part.kind !== 'group') continue;
    const without =
      expressions.find(({ regex }) => !regex.hasGroup(part.group))?.text ??
      matchers.find((rule) => !expressions.some((other) => other === rule))?.text ??
      entries.find(({ name = '' }) => !expressions.some(({ regex }) => regex.matches(name)))?.name;
    if (without === undefined && expressions.length > 0) continue;
    return {
      rule: 'to-tag-group-unknown',
      message: `names tags by {${part.text}}, ${without === undefined ? 'and no regex: in tags has groups' : `which "${without}" in tags does not give`}`,
      hint: 'every tag must come from a regex: without "!" that has the group in parentheses; {tag}, {repository} and {digest} need none',
    };
  }
  return undefined;
}

/** That what the tag is made of is known of every image that may be chosen. */
function checkKnown(
  parts: readonly TagPart[],
  rules: TagRules,
  entries: readonly TagEntry[],
): Flawed | undefined {
  const has = (kind: TagPart['kind']): boolean => parts.some((part) => part.kind === kind);
  if (has('tag') && entries.some(({ name }) => name === undefined)) {
    return {
      rule: 'to-tag-unknown',
      message: 'names tags by {tag}, and tags has a digest without one',
      hint: 'write name@sha256:..., or {digest} for {tag}',
    };
  }
  if (has('digest') && has('group') && !has('tag')) {
    return {
      rule: 'to-group-beside-digest',
      message: 'names tags by a group and {digest}, which do not tell of which tag',
      hint: 'put {tag} into it, too, or leave one of them out',
    };
  }
  const isListed = takesAll(rules) || rules.matchers.length > 0;
  const isOne = !isListed && selectTags(rules, []).selected.length === 1;
  if (has('tag') || has('digest') || has('group') || isOne || rules.latest?.count === 1) return undefined;
  return {
    rule: 'to-tag-of-several',
    message: 'is one tag for all that tags may choose',
    hint: "put {tag} into it, or choose one: tags: ['1.36'], or keep: latest 1",
  };
}

/** That what `tags` names by itself gets names that tags can have, no two the same. */
function checkNames(parts: readonly TagPart[], rules: TagRules): Flawed | undefined {
  if (rules.matchers.length > 0 || takesAll(rules)) return undefined;
  const targetTag = createTargetTag(parts, rules);
  const sources = new Map<string, string>();
  for (const { tag: text } of selectTags(rules, []).selected) {
    const { name: tag, digest } = parseTagEntry(text);
    // Of a repository, whose name may be known later: as short as any.
    const name = targetTag.nameOf({ repository: 'r', tag, digest });
    if (name === undefined) continue;
    if (!isTagName(name))
      return { rule: 'to-tag-illegal', message: `makes "${name}" of "${text}", which no tag can be` };
    const other = sources.get(name);
    if (other !== undefined && parseTagEntry(other).digest !== (digest ?? '')) {
      return {
        rule: 'to-tag-collides',
        message: `gives "${other}" and "${text}" the same tag, "${name}"`,
        hint: 'put {tag} into it',
      };
    }
    sources.set(name, text);
  }
  return undefined;
}
