import type { ImageName } from '../model.ts';

/** A selected tag as a filter yields it, split into the tag name and the digest that it holds. At least one is set, except for `""` and `":"`. */
export interface TagEntry {
  readonly name?: string;
  readonly digest?: string;
}

/**
 * Splits `name`, `sha256:hex`, `name@digest` or `@digest`; one leading `:` is dropped. Nothing is checked here: the reference made of it is.
 *
 * Behind an `@` anything is a digest; alone, only what starts with `sha256:` is.
 */
export function parseTagEntry(text: string): TagEntry {
  const entry = text.startsWith(':') ? text.slice(1) : text;
  const [first = '', second] = entry.split('@');
  const [name, digest] =
    second === undefined && first.startsWith('sha256:') ? ['', first] : [first, second ?? ''];
  return { ...(name !== '' && { name }), ...(digest !== '' && { digest }) };
}

/** How source and target are addressed: the source by digest where there is one, the target by name where there is one. */
export function imageNames({ name = '', digest }: TagEntry): {
  readonly source: ImageName;
  readonly target: ImageName;
} {
  const tag = { tag: name };
  if (digest === undefined) return { source: tag, target: tag };
  return { source: { digest }, target: name === '' ? { digest } : tag };
}
