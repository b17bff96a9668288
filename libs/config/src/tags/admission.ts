import type { ImageName } from '../model.ts';
import { imageNames, parseTagEntry } from './entry.ts';
import { matchesTag, type TagRules, takesAll } from './selection.ts';
import { rememberVersions } from './version.ts';

interface NamedImage {
  readonly source: ImageName;
  readonly target: ImageName;
}

/** Whether one image, seen alone, may be among what the rules select. */
export function admitsImage(rules: TagRules, image: NamedImage): boolean {
  if (rules.verbatim.some(({ text }) => isSame(imageNames(parseTagEntry(text)), image))) return true;
  const { source, target } = image;
  // What a list of tags gives keeps its name.
  if (!('tag' in source) || !('tag' in target) || source.tag !== target.tag) return false;
  const versionOf = rememberVersions();
  return takesAll(rules) || rules.matchers.some((rule) => matchesTag(rule, source.tag, versionOf));
}

const isSame = (left: NamedImage, right: NamedImage): boolean =>
  isSameName(left.source, right.source) && isSameName(left.target, right.target);

function isSameName(left: ImageName, right: ImageName): boolean {
  if ('tag' in left) return 'tag' in right && left.tag === right.tag;
  return 'digest' in right && left.digest === right.digest;
}
