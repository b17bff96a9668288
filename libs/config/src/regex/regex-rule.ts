import { anchored, compileRegex } from './compile.ts';
import type { Parsed } from './parsed.ts';
import { groupsNamed } from './repeated-names.ts';
import { groupText } from './replace.ts';
import type { GroupPart } from './template.ts';
import { trimSpace } from './trim.ts';

/** An anchored expression that a leading `!` turns around: what follows `regex:` and `keep:` in tags, and names tasks to run. */
export interface RegexRule {
  /** The anchored expression, without the `!`. */
  readonly source: string;
  readonly inverted: boolean;
  matches(text: string): boolean;
  hasGroup(group: GroupPart): boolean;
  /** What a group holds of a text, empty where it took no part; absent where the expression does not match. */
  group(text: string, group: GroupPart): string | undefined;
}

/** Parses `[!]expression`: blanks around the whole are dropped, those after the `!` belong to the expression. */
export function parseRegexRule(text: string): Parsed<RegexRule> {
  const trimmed = trimSpace(text);
  const inverted = trimmed.startsWith('!');
  const source = anchored(inverted ? trimmed.slice(1) : trimmed);
  const compiled = compileRegex(source);
  if ('flaw' in compiled) return compiled;
  const regex = compiled.value;
  return {
    value: {
      source,
      inverted,
      matches: (name) => regex.test(name) !== inverted,
      hasGroup: (group) =>
        group.kind === 'index'
          ? group.index <= regex.groupCount()
          : groupsNamed(regex, group.name).length > 0,
      group(name, group) {
        const matcher = regex.matcher(name);
        return matcher.find() ? groupText(group, matcher) : undefined;
      },
    },
  };
}
