import type { Location } from '@regfleet/model';
import { splitTo } from '../mapping/split-to.ts';
import type { Report } from '../report.ts';
import type { ReadMapping } from '../sections/mapping.ts';
import type { ReadTask } from '../sections/task.ts';

/** Warns of mappings that write what another one before them writes: the last copy wins, again at every run. */
export function lintSameTargets(tasks: readonly ReadTask[], report: Report): void {
  const writers = new Map<string, ReadMapping>();
  for (const { definition, mappings } of tasks) {
    const { source, targets } = definition;
    if (source === undefined || targets === undefined) continue;
    for (const read of mappings) {
      const keys = targets.map((target) => targetKey(read, source, target));
      const [earlier] = keys.flatMap((key) => writers.get(key) ?? []);
      if (earlier !== undefined) warn(report, read, earlier);
      for (const key of keys) writers.set(key, writers.get(key) ?? read);
    }
  }
}

function warn(report: Report, read: ReadMapping, earlier: ReadMapping): void {
  report.warning(read.at, {
    rule: 'target-written-twice',
    message: `${earlier.mapping.path} (line ${earlier.at.line}) writes the same target`,
    hint: 'give one of them another to, or put the tags into one mapping',
  });
}

// A plain mapping writes one repository, and what it calls tags tells it from another; of regex mappings only equal ones are known to write the same.
function targetKey({ mapping, text }: ReadMapping, source: Location, target: Location): string {
  const { from } = mapping;
  return from.kind === 'plain'
    ? JSON.stringify([
        `${target.registry.text}/${mapping.targetPath(from.repository)}`,
        splitTo(text.to).tag?.replaceAll('{repository}', from.repository.replaceAll('/', '-')),
      ])
    : JSON.stringify([target.registry.text, source.registry.text, source.lister, text.from, text.to]);
}
