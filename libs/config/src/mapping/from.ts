import type { RepositoryRule } from '../model.ts';
import { anchored, compileRegex } from '../regex/compile.ts';
import { flawed, type Parsed } from '../regex/parsed.ts';
import { toRepository } from './repository-path.ts';

const PREFIX = 'regex:';

/** The expression of a `regex:` rule, nothing trimmed; absent for a plain one. */
export const regexOf = (text: string): string | undefined =>
  text.startsWith(PREFIX) ? text.slice(PREFIX.length) : undefined;

/** Parses `from`: one repository, or `regex:` with an expression for whole names. There is no `!` and no trimming here. */
export function parseFrom(text: string): Parsed<RepositoryRule> {
  if (text === '')
    return flawed('is missing', 'name a repository, e.g. library/busybox, or regex: with an expression');
  const expression = regexOf(text);
  if (expression === undefined) return { value: { kind: 'plain', repository: toRepository(text) } };
  const pattern = anchored(expression);
  const compiled = compileRegex(pattern);
  if ('flaw' in compiled) return compiled;
  const regex = compiled.value;
  return { value: { kind: 'regex', pattern, matches: (name) => regex.test(name) } };
}
