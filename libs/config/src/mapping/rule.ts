import type { Mapping } from '../model.ts';
import type { RuleProblem } from './problem.ts';

/** The keys of a mapping that hold rules, as written in the file; an absent `to` or `tags` is the empty one. */
export interface MappingText {
  readonly from: string;
  readonly to?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/**
 * Parses what a mapping says about repositories and tags.
 *
 * @returns `rule` is absent when there is any problem; `problems` are errors, all of them.
 */
export function parseMappingRule(text: MappingText): {
  readonly rule?: Pick<Mapping, 'from' | 'targetPath' | 'tags'>;
  readonly problems: readonly RuleProblem[];
} {
  return { problems: [{ key: 'from', rule: 'mapping-from-missing', message: `mapping "${text.from}"` }] };
}
