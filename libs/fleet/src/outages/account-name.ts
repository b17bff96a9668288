import type { Location } from '@regfleet/model';
import { shortHash } from '../identity.ts';

const LENGTH = 8;

/** Tells the accounts of a registry apart, the same in every process; nothing of it is secret, nor made of a secret. */
export function accountOf({ auth, aws, ecrPublic, registry }: Location): string {
  const shown =
    auth.kind === 'basic' || auth.kind === 'password-file' ? [auth.kind, auth.username] : [auth.kind];
  return shortHash(JSON.stringify([shown, aws, ecrPublic, registry.path]), LENGTH);
}
