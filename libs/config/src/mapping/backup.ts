import type { OverwrittenImage } from '@regfleet/model';
import { flawed, type Parsed } from '../regex/parsed.ts';
import { parseTagParts, type TagPart, textOf } from './target-tag.ts';

const PLACEHOLDERS =
  'a backup is letters, digits and _ . - with {tag}, {date}, {digest}, {digest:12} and {repository}, all of what is overwritten';

/** Parses `backup`: how what is overwritten is called from then on. */
export function parseBackup(text: string): Parsed<(image: OverwrittenImage) => string> {
  const parsed = parseTagParts(text, { placeholders: PLACEHOLDERS, isOfBackup: true });
  if ('flaw' in parsed) return parsed;
  const parts = parsed.value;
  if (parts.some(({ kind }) => kind === 'group'))
    return flawed('has a group, which what is overwritten has none of', PLACEHOLDERS);
  const has = (kind: TagPart['kind']): boolean => parts.some((part) => part.kind === kind);
  if (!has('date') && !has('digest'))
    return flawed('is the same name each time', 'put {date} or {digest} into it: {tag}-{date}');
  if (!has('tag') && !has('digest'))
    return flawed('is one name for all that is overwritten at once', 'put {tag} into it: {tag}-{date}');
  return { value: (image) => nameOf(parts, image) };
}

const nameOf = (parts: readonly TagPart[], { atMs, ...image }: OverwrittenImage): string =>
  parts.map((part) => (part.kind === 'group' ? '' : textOf(part, { ...image, date: dateOf(atMs) }))).join('');

/** `20261128T093042Z`: that of the second is another one when the tag moves again. */
const dateOf = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
