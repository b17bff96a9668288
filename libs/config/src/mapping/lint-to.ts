import type { RepositoryRule } from '../model.ts';
import { groupsNamed } from '../regex/repeated-names.ts';
import { isRepository } from '../tags/reference-check.ts';
import type { RuleProblem } from './problem.ts';
import { rooted, toRepository } from './repository-path.ts';
import { applyTargetRule, COMMA_HINT, type TargetRule } from './to.ts';

type Rewrite = Extract<TargetRule, { kind: 'rewrite' }>;

/** Doubts about a valid `to` beside a valid `from`. */
export function lintTo(text: string, to: TargetRule, from: RepositoryRule): RuleProblem[] {
  const doubts = to.kind === 'rewrite' ? [...lintComma(to), ...lintGroups(to), ...lintMatch(to, from)] : [];
  return [...doubts, ...lintPath(to, from)].map((doubt) => ({
    ...doubt,
    key: 'to',
    message: `"${text}" ${doubt.message}`,
  }));
}

type Doubt = Omit<RuleProblem, 'key' | 'index'>;

function lintComma({ regex }: Rewrite): Doubt[] {
  if (!/\{[0-9]+$/.test(regex.pattern())) return [];
  const message = `takes only "${regex.pattern()}" for its expression`;
  return [{ rule: 'to-split-at-comma', message, hint: COMMA_HINT }];
}

function lintGroups({ regex, template }: Rewrite): Doubt[] {
  const unknown = template.flatMap((part) => {
    if (part.kind === 'index') return part.index > regex.groupCount() ? [String(part.index)] : [];
    return part.kind === 'name' && groupsNamed(regex, part.name).length === 0 ? [part.name] : [];
  });
  return [...new Set(unknown)].map((name) => ({
    rule: 'to-group-unknown',
    message: `puts nothing in place of $${name}: its expression has no such group`,
    hint: groupHint(name),
  }));
}

function groupHint(name: string): string {
  const [, digits, rest] = /^([0-9]+)([^0-9].*)$/.exec(name) ?? [];
  return digits === undefined
    ? 'put a part of the expression into parentheses; write $$ for a dollar sign'
    : `$${name} is one name; write \${${digits}}${rest} to end it after the number`;
}

function lintMatch({ regex }: Rewrite, from: RepositoryRule): Doubt[] {
  const isAnchoredName = /^\^[A-Za-z0-9]/.test(regex.pattern());
  const neverMatches = from.kind === 'plain' ? !regex.test(rooted(from.repository)) : isAnchoredName;
  if (!neverMatches) return [];
  const subject = from.kind === 'plain' ? `"${rooted(from.repository)}"` : 'any path';
  return [
    {
      rule: 'to-regex-never-matches',
      message: `does not match ${subject}, so the target path is that of the source`,
      ...(isAnchoredName && { hint: `paths start with a slash: write ^/${regex.pattern().slice(1)}` }),
    },
  ];
}

/** Where the target path is known beforehand, or a prefix of it is: that it is a repository name. */
function lintPath(to: TargetRule, from: RepositoryRule): Doubt[] {
  const path = knownPath(to, from);
  if (path === undefined || isRepository(path)) return [];
  return [
    {
      rule: 'repository-name-invalid',
      message: `makes the target path "${path}", which is not a repository name`,
      hint: pathHint(path, to),
    },
  ];
}

function knownPath(to: TargetRule, from: RepositoryRule): string | undefined {
  if (to.kind === 'same') return undefined;
  if (from.kind === 'plain') {
    return toRepository(applyTargetRule(to, { path: rooted(from.repository), isPrefix: false }));
  }
  const prefix = to.kind === 'plain' ? toRepository(to.path).replace(/\/$/, '') : '';
  return prefix === '' ? undefined : prefix;
}

function pathHint(path: string, to: TargetRule): string {
  if (to.kind === 'plain' && path.includes('$'))
    return 'groups work in rewrites only: regex:expression,replacement';
  if (path.endsWith('/')) return 'beside a plain from, to is the whole target path, not a prefix of it';
  return 'repository names are lower-case letters, digits and . _ - between slashes';
}
