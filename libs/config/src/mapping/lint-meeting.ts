import type { RepositoryRule } from '../model.ts';
import { sampleMatches } from '../regex/samples.ts';
import { regexOf } from './from.ts';
import { rooted, toRepository } from './repository-path.ts';
import { applyTargetRule, type TargetRule } from './to.ts';

/** Two names that a mapping sends to the same repository. */
export interface MeetingNames {
  readonly names: readonly [string, string];
  readonly target: string;
}

/** An example of names that `from` chooses and that `to` sends to one place; absent: none was found. */
export function meetingNames(from: RepositoryRule, text: string, to: TargetRule): MeetingNames | undefined {
  if (from.kind === 'plain' || to.kind !== 'rewrite') return undefined;
  const byTarget = new Map<string, string>();
  for (const name of sampleMatches(regexOf(text) ?? '')) {
    if (!from.matches(name)) continue;
    const target = toRepository(applyTargetRule(to, { path: rooted(name), isPrefix: true }));
    const other = byTarget.get(target);
    if (other !== undefined && other !== name) return { names: [other, name], target };
    byTarget.set(target, name);
  }
  return undefined;
}
