import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { flawed, type Parsed } from './parsed.ts';
import { withoutRepeatedNames } from './repeated-names.ts';

const requireHere = createRequire(import.meta.url);

/** Loaded for the first expression: it makes its tables of Unicode at once, and few configs have any. */
const re2js = (): typeof import('re2js') => requireHere('re2js');

/**
 * Compiles an RE2 expression, the dialect of Go's `regexp`: linear time, no lookaround, no backreferences.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function compileRegex(source: string): Parsed<RE2JS> {
  try {
    return { value: re2js().RE2JS.compile(withoutRepeatedNames(source)) };
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
    return flawed(`is not a regular expression: ${reason}`, hintFor(source));
  }
}

/**
 * The expression that matches a whole name: `^` in front unless it is there, `$` behind unless it is there.
 *
 * No group is added, so `a|b` means "starts with a, or ends with b"; and a closing `\$` counts as `$`. dregsy's users' patterns depend on both.
 */
export function anchored(source: string): string {
  return `${source.startsWith('^') ? '' : '^'}${source}${source.endsWith('$') ? '' : '$'}`;
}

function hintFor(source: string): string | undefined {
  if (/\(\?<?[=!]/.test(source)) {
    return 'the RE2 dialect has no lookaround; to leave tags out, add a second rule such as keep: !.*-rc.*';
  }
  if (/\\[1-9]/.test(source)) return 'the RE2 dialect has no backreferences';
  if (/^\^?[*+?]/.test(source)) return 'this looks like a glob; as a regular expression, "anything" is .*';
  return undefined;
}
