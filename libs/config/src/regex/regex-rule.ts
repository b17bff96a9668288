import { anchored, compileRegex } from './compile.ts';
import type { Parsed } from './parsed.ts';
import { trimSpace } from './trim.ts';

/** An anchored expression that a leading `!` turns around: what follows `regex:` and `keep:` in tags, and names tasks to run. */
export interface RegexRule {
  /** The anchored expression, without the `!`. */
  readonly source: string;
  readonly inverted: boolean;
  matches(text: string): boolean;
}

/** Parses `[!]expression`: blanks around the whole are dropped, those after the `!` belong to the expression. */
export function parseRegexRule(text: string): Parsed<RegexRule> {
  const trimmed = trimSpace(text);
  const inverted = trimmed.startsWith('!');
  const source = anchored(inverted ? trimmed.slice(1) : trimmed);
  const compiled = compileRegex(source);
  if ('flaw' in compiled) return compiled;
  const regex = compiled.value;
  return { value: { source, inverted, matches: (name) => regex.test(name) !== inverted } };
}
