import { DOCKER_HUB_HOSTS } from '@regfleet/model';

/**
 * The key of `keys` that speaks for a registry, the most specific one: `host/team/app` before `host/team` before `host`,
 * and a key as it should be before one that an old docker wrote (`https://host/v1/`).
 *
 * @param path - what is known of the repository, possibly empty.
 */
export function matchAuthKey(keys: Iterable<string>, host: string, path: string): string | undefined {
  const all = [...keys];
  const aliases = DOCKER_HUB_HOSTS.includes(host) ? DOCKER_HUB_HOSTS : [host];
  for (const prefix of prefixesOf(path)) {
    const wanted = aliases.map((alias) => (prefix === '' ? alias : `${alias}/${prefix}`));
    const found = wanted.flatMap((name) => all.filter((key) => lowerHost(key) === name))[0];
    if (found !== undefined) return found;
  }
  return aliases.flatMap((alias) => all.filter((key) => legacyHost(key) === alias))[0];
}

/** `a/b` -> `a/b`, `a`, and the empty string. */
function prefixesOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/')).concat('');
}

function lowerHost(key: string): string {
  const [host = '', ...path] = key.split('/');
  return [host.toLowerCase(), ...path].join('/').replace(/\/$/, '');
}

const SCHEME = /^https?:\/\//i;
const API_PATH = /\/v[12]\/?$/;

/** The host of a key with a scheme or an API path, else absent. */
function legacyHost(key: string): string | undefined {
  if (!SCHEME.test(key) && !API_PATH.test(key)) return undefined;
  return key.replace(SCHEME, '').split('/')[0]?.toLowerCase();
}
