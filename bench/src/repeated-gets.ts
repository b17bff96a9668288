import type { FilledTag, LoggedRequest } from '@regfleet/harness';

/** How many GETs of manifests and blobs asked for a digest that an earlier one had brought, by whatever name. */
export function repeatedGets(requests: readonly LoggedRequest[], filled: readonly FilledTag[]): number {
  const digests = new Map(filled.map(({ repository, tag, digest }) => [`${repository}:${tag}`, digest]));
  const got = requests.filter(
    ({ method, kind }) => method === 'GET' && (kind === 'manifest' || kind === 'blob'),
  );
  const asked = got.map(({ path }) => {
    const [, repository = '', name = ''] = /^\/v2\/(.+)\/(?:manifests|blobs)\/([^/?]+)/.exec(path) ?? [];
    return digests.get(`${repository}:${name}`) ?? name;
  });
  return asked.length - new Set(asked).size;
}
