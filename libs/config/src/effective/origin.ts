import type { Leaf, WrittenPlace } from './leaf.ts';

/** Who said a value. */
export type ValueOrigin =
  | { readonly kind: 'default' }
  | {
      readonly kind: 'file';
      readonly line: number;
      readonly column: number;
      /** The key of a level above that said it; absent: its own. */
      readonly key?: string;
      /** Variables of the environment that it was made of; absent: none. */
      readonly variables?: readonly string[];
    }
  /** What replaces the file: a variable of the environment, or a flag. */
  | { readonly kind: 'environment' | 'flag'; readonly name: string };

export function originOf({ keys }: Leaf, places: ReadonlyMap<string, WrittenPlace>): ValueOrigin {
  const key = keys.find((name) => places.has(name));
  const place = key === undefined ? undefined : places.get(key);
  if (place === undefined) return { kind: 'default' };
  const { line, column, variables } = place;
  return {
    kind: 'file',
    line,
    column,
    ...(key !== undefined && key !== keys[0] && { key }),
    ...(variables.length > 0 && { variables }),
  };
}

/** For a comment behind the value. */
export function originText(origin: ValueOrigin): string {
  if (origin.kind === 'default') return 'default';
  if (origin.kind !== 'file') return origin.kind === 'flag' ? origin.name : `$${origin.name}`;
  const { line, key, variables = [] } = origin;
  const above = key === undefined ? '' : ` ${key}`;
  return `line ${line}${above}${variables.map((name) => `, $${name}`).join('')}`;
}
