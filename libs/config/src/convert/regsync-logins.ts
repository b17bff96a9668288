import { type ConvertNotes, type Dictionary, dictionaryOf, textOf, variableFor } from './plain.ts';

const NO_EQUAL = 'has no equal here, and was passed over';

const KNOWN: Readonly<Record<string, string | undefined>> = {
  registry: undefined,
  user: undefined,
  pass: undefined,
  tls: undefined,
  reqPerSec: undefined,
  hostname: 'has no equal: name the host that is to be asked as the registry',
  scheme: NO_EQUAL,
  token: 'is not copied: put it into the auth file of docker',
  regcert: 'put certificates below skopeo.certs-dir, in a folder with the name of the registry',
  clientCert: 'put certificates below skopeo.certs-dir, in a folder with the name of the registry',
  clientKey: 'put certificates below skopeo.certs-dir, in a folder with the name of the registry',
  credHelper: 'helpers are found by the auth file of docker: credHelpers there',
  credExpire: NO_EQUAL,
  credHost: NO_EQUAL,
  pathPrefix: NO_EQUAL,
  mirrors: NO_EQUAL,
  priority: NO_EQUAL,
  repoAuth: 'needs no equal: logins go as far as the registry asks',
  blobChunk: 'needs no equal: how a registry takes blobs is found out',
  blobMax: 'needs no equal: how a registry takes blobs is found out',
  reqConcurrent: 'has no equal: see concurrency of registries, which counts copies',
  apiOpts: NO_EQUAL,
};

/** `registries` of ours; absent where there are none. */
export function registriesOf(creds: readonly unknown[], notes: ConvertNotes): Dictionary | undefined {
  const found = creds.map((entry, index) => registryOf(dictionaryOf(entry), `creds[${index}]`, notes));
  const entries = found.filter((entry) => entry !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function registryOf(
  given: Dictionary,
  path: string,
  notes: ConvertNotes,
): readonly [string, Dictionary] | undefined {
  notes.addUnknown(path, given, KNOWN);
  const registry = textOf(given.registry);
  if (registry === undefined || registry.includes('{{'))
    return notes.leftOut(path, 'names no registry, or by a template');
  const rate = given.reqPerSec;
  const isUnchecked = given.tls === 'insecure' || given.tls === 'disabled';
  return [
    registry,
    {
      ...loginOf(given, registry, path, notes),
      ...(isUnchecked && { 'skip-tls-verify': true }),
      ...(typeof rate === 'number' && rate > 0 && { 'requests-per-second': rate }),
    },
  ];
}

const ENVIRONMENT = /^\s*\{\{\s*env\s+"(\w+)"\s*\}\}\s*$/;
const FILE = /^\s*\{\{\s*file\s+"([^"]+)"\s*\}\}\s*$/;

function loginOf(given: Dictionary, registry: string, path: string, notes: ConvertNotes): Dictionary {
  const [user, pass] = [textOf(given.user), textOf(given.pass)];
  if (user === undefined || pass === undefined) return {};
  const name = ENVIRONMENT.exec(user)?.[1];
  if (name === undefined && user.includes('{{')) {
    notes.add(
      `${path}.user`,
      'is a template that has no equal: the login is left to auth files of docker and skopeo',
    );
    return {};
  }
  const username = name === undefined ? user.replaceAll('$', '$$$$') : `\${${name}}`;
  const variable = ENVIRONMENT.exec(pass)?.[1];
  if (variable !== undefined) return { username, password: `\${${variable}}` };
  const file = FILE.exec(pass)?.[1];
  if (file !== undefined) return { username, 'password-file': file };
  notes.add(`${path}.pass`, `is not copied: set the variable ${variableFor(registry)}, or use password-file`);
  return { username, password: `\${${variableFor(registry)}}` };
}
