import { type ImageName, imageNames, type Mapping, parseTagEntry, type TagEntry } from '@regfleet/config';
import {
  type CopyRequest,
  clip,
  formatReference,
  isAnchorTag,
  isTagName,
  makeReference,
  SyncError,
} from '@regfleet/model';
import type { RepositoryPair } from './contract.ts';

/** How the ends of a copy are addressed. */
interface EndNames {
  readonly source: ImageName;
  readonly target: ImageName;
}

// Of a tag that is none, in messages.
const SHOWN_LENGTH = 160;

/**
 * How one selected tag entry (`name`, `sha256:hex` or `name@sha256:hex`) is addressed at the source, and at the target as the
 * mapping names it.
 *
 * @throws {SyncError} `REFERENCE_INVALID` where the mapping makes no tag of it.
 */
export function namesOf({ targetTag }: Mapping, pair: RepositoryPair, text: string): EndNames {
  const entry = parseTagEntry(text);
  const names = imageNames(entry);
  if (targetTag === undefined) return names;
  const tag = targetTag.nameOf(imageOf(pair.source, entry));
  if (tag !== undefined && isTagName(tag) && !isAnchorTag(tag)) return { ...names, target: { tag } };
  const made = tag === undefined ? 'no tag' : `"${clip(tag, SHOWN_LENGTH)}", which is no tag`;
  throw new SyncError('REFERENCE_INVALID', {
    message: `"to" makes ${made} of ${formatReference(makeReference({ ...pair.source, ...names.source }))}`,
    hint: 'tags have at most 128 letters, digits and _ . -, and begin with none of . and -: mend "to", or leave the image out by "tags"',
    side: 'target',
    reference: formatReference(makeReference(pair.target)),
  });
}

/**
 * Whether the mapping may give the target of a copy its tag, and chooses the image, as far as the copy tells. Which tag names a
 * digest is the source's to say, and taken for granted.
 */
export function admitsNames({ tags, targetTag }: Mapping, { source, target }: CopyRequest): boolean {
  if (targetTag === undefined) return tags.admits({ source: nameOf(source), target: nameOf(target) });
  const { tag: made } = target;
  if (made === undefined) return false;
  const isMade = (entry: TagEntry): boolean => targetTag.nameOf(imageOf(source, entry)) === made;
  const isChosen = (entry: TagEntry): boolean => isMade(entry) && tags.admits(imageNames(entry));
  if (source.digest === undefined) return isChosen({ name: source.tag ?? '' });
  const { digest } = source;
  const entries = tags.entries.map((text) => parseTagEntry(text.trim()));
  if (entries.some((entry) => entry.digest === digest && isChosen(entry))) return true;
  if (!targetTag.needsDigest) return false;
  if (targetTag.needsTag)
    return partsOf(made).some((name) => isMade({ name, digest }) && tags.admits(imageNames({ name })));
  const mayBeOfTag = tags.needsListing || entries.some((entry) => entry.digest === undefined);
  return mayBeOfTag && isMade({ digest });
}

/** Every text within one: one of them is the tag that it was made of. */
const partsOf = (text: string): string[] =>
  Array.from(text, (_, start) =>
    Array.from(text.slice(start), (_character, length) => text.slice(start, start + length + 1)),
  ).flat();

const imageOf = ({ repository }: { readonly repository: string }, { name, digest }: TagEntry) => ({
  repository,
  tag: name,
  digest,
});

/** How a reference of a plan names its image: by tag or by digest. */
export const nameOf = ({ tag = '', digest }: CopyRequest['source']): ImageName =>
  digest === undefined ? { tag } : { digest };
