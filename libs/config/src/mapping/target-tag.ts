import type { TargetTag } from '../model.ts';
import { flawed, type Parsed } from '../regex/parsed.ts';
import { type GroupPart, parseTemplate } from '../regex/template.ts';
import type { TagRules } from '../tags/selection.ts';

/** A piece of what names the tags of a target. */
export type TagPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'tag' }
  | { readonly kind: 'repository' }
  /** When it was overwritten. */
  | { readonly kind: 'date' }
  /** The first digits of it; absent: all. */
  | { readonly kind: 'digest'; readonly length?: number }
  | { readonly kind: 'group'; readonly group: GroupPart; readonly text: string };

const PIECE = /\{([^{}]*)\}|([\w.-]+)|(.)/gsu;

const MAX_LENGTH = 128;

// Of fewer digits two images soon have the same, and no digest of SHA-256 has more.
const [MIN_DIGITS, MAX_DIGITS] = [7, 64];

const PLACEHOLDERS =
  'a tag is letters, digits and _ . - with {tag}, {repository}, {digest}, {digest:12}, and {1} or {name} for a group of a regex: in tags';

/** Parses what follows the colon of a `to`. */
export const parseTargetTag = (text: string): Parsed<TagPart[]> =>
  text === ''
    ? flawed('has no tag behind its colon', PLACEHOLDERS)
    : parseTagParts(text, { placeholders: PLACEHOLDERS, isOfBackup: false });

/** @param options.placeholders - as a hint: what there is. */
export function parseTagParts(
  text: string,
  { placeholders, isOfBackup }: { readonly placeholders: string; readonly isOfBackup: boolean },
): Parsed<TagPart[]> {
  const parts: TagPart[] = [];
  for (const [, name, literal, other] of text.matchAll(PIECE)) {
    if (literal !== undefined) parts.push({ kind: 'literal', text: literal });
    else if (name === undefined) return flawed(`has "${other}" in its tag`, placeholders);
    else {
      const part = placeholder(name, isOfBackup);
      if (part === undefined)
        return flawed(`has {${name}} in its tag, which stands for nothing`, placeholders);
      parts.push(part);
    }
  }
  const literals = parts.map((part) => (part.kind === 'literal' ? part.text : '')).join('');
  const [first] = parts;
  if (first?.kind === 'literal' && /^[.-]/.test(first.text))
    return flawed(`begins its tag with "${first.text.charAt(0)}"`, 'tags begin with a letter, a digit or _');
  if (literals.length > MAX_LENGTH) return flawed('has a tag of more than 128 characters');
  return { value: parts };
}

function placeholder(name: string, isOfBackup: boolean): TagPart | undefined {
  if (name === 'date' && isOfBackup) return { kind: name };
  if (name === 'tag' || name === 'repository' || name === 'digest') return { kind: name };
  const [, digits] = /^digest:([0-9]{1,2})$/.exec(name) ?? [];
  if (digits !== undefined) {
    const length = Number(digits);
    return length < MIN_DIGITS || length > MAX_DIGITS ? undefined : { kind: 'digest', length };
  }
  const [group, ...more] = parseTemplate(`\${${name}}`);
  const isGroup = more.length === 0 && group !== undefined && group.kind !== 'literal';
  return isGroup ? { kind: 'group', group, text: name } : undefined;
}

type ImageParts = Parameters<TargetTag['nameOf']>[0] & { readonly date?: string };

/** What a `to` with these parts names the images that `rules` select. */
export function createTargetTag(parts: readonly TagPart[], { matchers }: TagRules): TargetTag {
  const has = (kind: TagPart['kind']): boolean => parts.some((part) => part.kind === kind);
  const expressions = matchers.flatMap((rule) =>
    rule.kind === 'regex' && !rule.regex.inverted ? [rule.regex] : [],
  );
  const groupOf = (group: GroupPart, tag: string): string | undefined =>
    expressions.find((regex) => regex.matches(tag))?.group(tag, group);
  return {
    needsDigest: has('digest'),
    needsTag: has('tag'),
    keepsApart: has('tag') && !has('group'),
    nameOf(image) {
      const texts = parts.map((part) =>
        part.kind === 'group' ? groupOf(part.group, image.tag ?? '') : textOf(part, image),
      );
      return texts.includes(undefined) ? undefined : texts.join('');
    },
  };
}

/** What takes the place of a part; absent: the image has no such thing. */
export function textOf(part: Exclude<TagPart, { kind: 'group' }>, image: ImageParts): string | undefined {
  if (part.kind === 'date') return image.date;
  if (part.kind === 'literal') return part.text;
  if (part.kind === 'tag') return image.tag;
  // A tag has no slashes.
  if (part.kind === 'repository') return image.repository.replaceAll('/', '-');
  return image.digest?.slice(image.digest.indexOf(':') + 1).slice(0, part.length);
}
