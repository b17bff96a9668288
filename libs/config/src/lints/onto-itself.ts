import type { Report } from '../report.ts';
import type { ReadMapping } from '../sections/mapping.ts';
import type { ReadTask } from '../sections/task.ts';
import { imageNames, parseTagEntry } from '../tags/entry.ts';

/** Warns of mappings whose images would be copied onto themselves: all of those are left out. */
export function lintOntoItself(tasks: readonly ReadTask[], report: Report): void {
  for (const { definition, mappings } of tasks) {
    const { source, target } = definition;
    if (source === undefined || source.registry.text !== target?.registry.text) continue;
    for (const read of mappings) {
      if (!keepsPath(read) || givesNewNames(read)) continue;
      report.warning(read.at, {
        rule: 'mapped-onto-itself',
        message: 'source and target are the same repository: nothing is copied',
        hint: 'give the mapping another to, or the task another target',
      });
    }
  }
}

// Of regex mappings only one without `to` is known to keep every path.
function keepsPath({ mapping, text }: ReadMapping): boolean {
  const { from } = mapping;
  return from.kind === 'plain' ? mapping.targetPath(from.repository) === from.repository : text.to === '';
}

/** Every entry is `name@digest`, which gives a digest a name within its repository. */
function givesNewNames({ text }: ReadMapping): boolean {
  return (
    text.tags.length > 0 &&
    text.tags.every((tag) => {
      const { source, target } = imageNames(parseTagEntry(tag));
      return 'digest' in source && 'tag' in target;
    })
  );
}
