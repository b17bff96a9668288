import type { RE2JS } from 're2js';
import { compileRegex } from '../regex/compile.ts';
import { flawed, type Parsed } from '../regex/parsed.ts';
import { replaceAll } from '../regex/replace.ts';
import { parseTemplate, type TemplatePart } from '../regex/template.ts';
import { regexOf } from './from.ts';
import { rooted } from './repository-path.ts';
import { splitTo } from './split-to.ts';

/** What `to` does with a source path: leaves it, puts `path` in its place or in front of it, or rewrites it. */
export type TargetRule =
  | { readonly kind: 'same' }
  | { readonly kind: 'plain'; readonly path: string }
  | {
      readonly kind: 'rewrite';
      /** Not anchored. */
      readonly regex: RE2JS;
      readonly template: readonly TemplatePart[];
    };

/** For those who put a comma into the expression. */
export const COMMA_HINT =
  'the first comma ends the expression; inside it, write \\x2c for a comma, and aaa? for a{2,3}';

/** Parses what `to` says about repositories; a rewrite is `regex:expression,replacement`, split at the first comma, neither part trimmed. */
export function parseTo(to: string): Parsed<TargetRule> {
  const text = splitTo(to).path;
  const rewrite = regexOf(text);
  if (rewrite === undefined) {
    return { value: text === '' ? { kind: 'same' } : { kind: 'plain', path: rooted(text) } };
  }
  const comma = rewrite.indexOf(',');
  if (comma < 0)
    return flawed('has no replacement', 'write regex:expression,replacement; the first comma divides them');
  const compiled = compileRegex(rewrite.slice(0, comma));
  if ('flaw' in compiled)
    return flawed(compiled.flaw.message, compiled.flaw.hint ?? commaHint(rewrite, comma));
  return {
    value: { kind: 'rewrite', regex: compiled.value, template: parseTemplate(rewrite.slice(comma + 1)) },
  };
}

const commaHint = (rewrite: string, comma: number): string | undefined =>
  rewrite.includes(',', comma + 1) ? COMMA_HINT : undefined;

/**
 * The target path of one source repository, with slashes as the rule makes them.
 *
 * @param options.path - with its leading slash.
 * @param options.isPrefix - a plain `to` goes in front of the path, as it does when `from` is a regex; otherwise it takes its place.
 */
export function applyTargetRule(rule: TargetRule, options: { path: string; isPrefix: boolean }): string {
  const { path, isPrefix } = options;
  if (rule.kind === 'same') return path;
  if (rule.kind === 'plain') return isPrefix ? `${rule.path}${path}` : rule.path;
  return replaceAll(rule.regex, path, rule.template);
}
