/**
 * The URL of a path at an origin, which no path can leave: `//x` and `/\x` are paths here, where resolving them would
 * name the host x.
 *
 * @param path - from the root, with its query.
 */
export function urlAt(origin: string, path: string): URL {
  // What a setter would escape is read as something else here.
  if (path.startsWith('/') && !path.includes('#')) return new URL(`${origin}${path}`);
  const url = new URL(origin);
  const question = path.indexOf('?');
  url.pathname = question < 0 ? path : path.slice(0, question);
  url.search = question < 0 ? '' : path.slice(question);
  return url;
}
