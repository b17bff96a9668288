import type { RE2JS } from 're2js';
import { TOKEN } from './tokens.ts';

// Whoever gives a group such a name and repeats another cannot be helped.
const AGAIN = '_again_';

const NAMED_GROUP = new RegExp(`\\(\\?P?<(\\w+)>|${TOKEN.source}`, 'g');

/** The expression with names of its own for groups whose name came before: Go takes repeated names, RE2 does not. */
export function withoutRepeatedNames(source: string): string {
  const counts = new Map<string, number>();
  return source.replace(NAMED_GROUP, (token: string, name: string | undefined) => {
    if (name === undefined) return token;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? token : `(?P<${name}${AGAIN}${count}>`;
  });
}

/** The numbers of the groups of a name, ascending. */
export function groupsNamed(regex: RE2JS, name: string): number[] {
  return Object.entries(regex.namedGroups())
    .filter(([group]) => group === name || (group.startsWith(`${name}${AGAIN}`) && /_\d+$/.test(group)))
    .map(([, index]) => index)
    .toSorted((left, right) => left - right);
}
