import type { AuthSettings, Location } from '@regfleet/model';
import { shortHash } from '../identity.ts';

const LENGTH = 8;

// Asked at each answer of a registry.
const known = new WeakMap<Location, string>();

/** Tells the accounts of a registry apart, the same in every process; nothing of it is secret, nor made of a secret. */
export function accountOf(location: Location): string {
  const before = known.get(location);
  if (before !== undefined) return before;
  const { auth, aws, ecrPublic, registry } = location;
  const name = shortHash(JSON.stringify([shownOf(auth), aws, ecrPublic, registry.path]), LENGTH);
  known.set(location, name);
  return name;
}

function shownOf(auth: AuthSettings): readonly string[] {
  if (auth.kind === 'github') return [auth.kind, auth.username, auth.audience];
  return 'username' in auth ? [auth.kind, auth.username] : [auth.kind];
}
