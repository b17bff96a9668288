import { type Digest, isDigest } from '@regfleet/model';
import type { Answer } from '../http/answer.ts';

/** The digest that the registry says; absent: nothing that is one. */
export function saidDigest({ headers }: Answer): Digest | undefined {
  const said = headers['docker-content-digest']?.trim() ?? '';
  return isDigest(said) ? said : undefined;
}
