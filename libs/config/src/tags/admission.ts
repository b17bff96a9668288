import type { ImageName } from '../model.ts';
import { imageNames, parseTagEntry } from './entry.ts';
import { judgeTag, selectTags, type TagRules } from './selection.ts';
import { rememberVersions } from './version.ts';

interface NamedImage {
  readonly source: ImageName;
  readonly target: ImageName;
}

/** Whether one image, seen alone, may be among what the rules select. */
export function admitsImage(rules: TagRules, image: NamedImage): boolean {
  if (namedTags(rules).some((tag) => isSame(imageNames(parseTagEntry(tag)), image))) return true;
  const { source, target } = image;
  // What a list of tags gives keeps its name.
  if (!('tag' in source) || !('tag' in target) || source.tag !== target.tag) return false;
  return judgeTag(rules, source.tag, rememberVersions()).stays;
}

/** The verbatim tags that are taken; without a matcher no list of the source can add to what `keep: latest` counts. */
function namedTags(rules: TagRules): readonly string[] {
  return rules.matchers.length === 0
    ? selectTags(rules, []).selected.map(({ tag }) => tag)
    : rules.verbatim.map(({ text }) => text);
}

const isSame = (left: NamedImage, right: NamedImage): boolean =>
  isSameName(left.source, right.source) && isSameName(left.target, right.target);

function isSameName(left: ImageName, right: ImageName): boolean {
  if ('tag' in left) return 'tag' in right && left.tag === right.tag;
  return 'digest' in right && left.digest === right.digest;
}
