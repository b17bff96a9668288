import { parseDigest } from '@regfleet/model';
import { splitTo } from '../mapping/split-to.ts';
import type { Report } from '../report.ts';
import type { ReadMapping } from '../sections/mapping.ts';
import type { ReadTask } from '../sections/task.ts';
import { imageNames, parseTagEntry } from '../tags/entry.ts';

/** Warns of mappings whose images would be copied onto themselves: all of those are left out. */
export function lintOntoItself(tasks: readonly ReadTask[], report: Report): void {
  for (const { definition, mappings } of tasks) {
    const { source, targets = [] } = definition;
    if (!targets.some(({ registry }) => registry.text === source?.registry.text)) continue;
    const nothing = targets.length === 1 ? 'nothing is copied' : 'nothing is copied there';
    for (const read of mappings) if (keepsPath(read)) lintMapping(read, nothing, report);
  }
}

function lintMapping(read: ReadMapping, nothing: string, report: Report): void {
  if (feedsItself(read)) {
    report.error(read.at, {
      rule: 'to-tag-feeds-itself',
      message: `"${read.text.to}" makes tags in the repository that they are chosen from, which tags would choose again: more with every run`,
      hint: 'give the mapping another repository in to, or leave the new names out by a keep: in tags',
    });
  }
  if (backsItselfUp(read)) {
    report.error(read.at, {
      rule: 'backup-feeds-itself',
      message:
        'backups are tags in the repository that tags are chosen from, which tags would choose: more with every run',
      hint: 'give the mapping another repository in to, or leave backups out by a keep: in tags',
    });
  }
  if (givesNewNames(read)) return;
  report.warning(read.at, {
    rule: 'mapped-onto-itself',
    message: `source and target are the same repository: ${nothing}`,
    hint: 'give the mapping another to, or the task another target',
  });
}

// Of regex mappings only one without `to` is known to keep every path.
function keepsPath({ mapping, text }: ReadMapping): boolean {
  const { from } = mapping;
  return from.kind === 'plain'
    ? mapping.targetPath(from.repository) === from.repository
    : splitTo(text.to).path === '';
}

// Of the shapes that tags have.
const SAMPLES = ['1', '1.2', '1.2.3', '1.2.3-rc.1', 'v1.2.3', 'latest', 'main'];

const SAMPLE_DIGEST = `sha256:${'0'.repeat(64)}`;

function feedsItself({ mapping }: ReadMapping): boolean {
  const { targetTag, tags, from } = mapping;
  if (targetTag === undefined || !tags.needsListing) return false;
  const repository = from.kind === 'plain' ? from.repository : 'name';
  const admits = (tag: string): boolean => tags.admits({ source: { tag }, target: { tag } });
  return SAMPLES.filter(admits).some((tag) => {
    const made = targetTag.nameOf({ repository, tag, digest: SAMPLE_DIGEST });
    if (made === undefined || made === tag || !admits(made)) return false;
    return targetTag.nameOf({ repository, tag: made, digest: SAMPLE_DIGEST }) !== made;
  });
}

function backsItselfUp({ mapping: { history, targetTag, tags, from } }: ReadMapping): boolean {
  const backup = history?.backup;
  if (backup === undefined || targetTag === undefined || !tags.needsListing) return false;
  const repository = from.kind === 'plain' ? from.repository : 'name';
  const digest = parseDigest(SAMPLE_DIGEST);
  const admits = (tag: string): boolean => tags.admits({ source: { tag }, target: { tag } });
  return SAMPLES.filter(admits).some((name) => {
    const tag = targetTag.nameOf({ repository, tag: name, digest });
    return tag !== undefined && admits(backup({ repository, tag, digest, atMs: 0 }));
  });
}

/** Every entry is `name@digest`, which gives a digest a name within its repository. */
function givesNewNames({ mapping, text }: ReadMapping): boolean {
  if (mapping.targetTag !== undefined) return splitTo(text.to).tag !== '{tag}';
  return (
    text.tags.length > 0 &&
    text.tags.every((tag) => {
      const { source, target } = imageNames(parseTagEntry(tag));
      return 'digest' in source && 'tag' in target;
    })
  );
}
