import { isSyncError, MANIFEST_ACCEPT, SyncError } from '@regfleet/model';
import { isToken } from './auth/login.ts';
import { pushScope } from './auth/scope.ts';
import type { PushPermission, RequestOptions } from './contract.ts';
import { jwtClaims } from './credentials/jwt-expiry.ts';
import type { Session } from './session/session.ts';

// Need not exist: a registry that says so has let us in.
const SOME_TAG = 'latest';

// As much as any registry takes for one.
const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;

/** What shows that images may be pushed to a repository, as far as a request can that writes nothing. */
export async function pushPermission(
  session: Session,
  repository: string,
  { signal }: RequestOptions = {},
): Promise<PushPermission> {
  const refusal = await refusalOfQuestions(session, repository, signal);
  const authorization = await session.authorization([pushScope(repository)], signal);
  const allowed = isToken(authorization) ? allowedBy(authorization.slice('Bearer '.length)) : undefined;
  // Whoever may push need not be let read, and a copy takes a question that is refused for no answer.
  if (refusal !== undefined && !allowed?.isPush) throw refusal;
  if (authorization === undefined) return 'not-asked';
  if (!isToken(authorization)) return 'password';
  if (allowed?.isPush === false) {
    throw new SyncError('DENIED', {
      message: `cannot push to ${session.registry}/${repository}: the token that was given for it allows no push`,
      hint: 'grant the account push on the target',
      registry: session.registry,
      reference: `${session.registry}/${repository}`,
    });
  }
  return 'token';
}

/** Asks as somebody who may push, by GET where HEAD is refused. @returns why neither is answered; absent: one is. */
async function refusalOfQuestions(
  session: Session,
  repository: string,
  signal: AbortSignal | undefined,
): Promise<SyncError | undefined> {
  const question = {
    path: `/v2/${repository}/manifests/${SOME_TAG}`,
    scopes: [pushScope(repository)],
    subject: 'manifest',
    action: 'log in for a push to',
    reference: `${session.registry}/${repository}`,
    headers: { accept: MANIFEST_ACCEPT },
    expects: [200, 404],
    signal,
  } as const;
  const looked = await session.look(question);
  if ('answer' in looked) return undefined;
  if (looked.error.code === 'UNAUTHORIZED') throw looked.error;
  try {
    // A 405 says that nobody may ask so, and nothing of pushes.
    const get = { ...question, method: 'GET', expects: [200, 404, 405] } as const;
    await session.read({ ...get, isRepeatable: looked.end === 'refused' }, MAX_MANIFEST_BYTES);
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (isSyncError(error) && error.code === 'DENIED') return error;
    throw error;
  }
}

/**
 * What a token says that it allows; absent: it does not say. Most can be read, though none has to be.
 *
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 */
function allowedBy(token: string): { readonly isPush: boolean } | undefined {
  const access = jwtClaims(token)?.access;
  if (!Array.isArray(access)) return undefined;
  const isPush = access.some((entry: unknown) => {
    const actions = typeof entry === 'object' && entry !== null && 'actions' in entry ? entry.actions : [];
    return Array.isArray(actions) && (actions.includes('push') || actions.includes('*'));
  });
  return { isPush };
}
