/** @see https://distribution.github.io/distribution/spec/auth/scope/ */
export const pullScope = (repository: string): string => `repository:${repository}:pull`;

export const pushScope = (repository: string): string => `repository:${repository}:pull,push`;

/** To take away a tag; registries that know no such action of its own want that of a push. */
export const deleteScope = (repository: string): string => `repository:${repository}:pull,push,delete`;

/** The same for somebody who may only read; absent: it is for no push. */
export function readerScopes(scopes: readonly string[]): readonly string[] | undefined {
  const reading = scopes.map((scope) => scope.replace(/:pull,push$/, ':pull'));
  return purposeOf(reading) === purposeOf(scopes) ? undefined : reading;
}

/** The repository that a request with these scopes is about: the one of the first; absent: none. */
export const repositoryOf = ([scope]: readonly string[]): string | undefined =>
  /^repository:(.+):[^:]+$/.exec(scope ?? '')?.[1];

/** What requests with these scopes have in common. */
export const purposeOf = (scopes: readonly string[]): string =>
  scopes.length === 1 ? (scopes[0] ?? '') : scopes.join(' ');

export const CATALOG_SCOPE = 'registry:catalog:*';

/** True when a token for `held` serves what `wanted` asks for. */
export function covers(held: string, wanted: string): boolean {
  const left = split(held);
  const right = split(wanted);
  return (
    left.name === right.name &&
    (left.actions.has('*') || [...right.actions].every((action) => left.actions.has(action)))
  );
}

/** What `scope` allows, by another name, where it is no less than what is wanted by that name; else what is wanted. */
export function renamed(scope: string, wanted: string): string {
  const own = wanted.slice(0, wanted.lastIndexOf(':')) + scope.slice(scope.lastIndexOf(':'));
  return covers(own, wanted) ? own : wanted;
}

/** The name may hold colons, as it does where it begins with a host and port. */
function split(scope: string): { name: string; actions: ReadonlySet<string> } {
  const colon = scope.lastIndexOf(':');
  return { name: scope.slice(0, colon), actions: new Set(scope.slice(colon + 1).split(',')) };
}
