import { SyncError } from '@regfleet/model';
import { pushScope } from './auth/scope.ts';
import type { PushPermission, RequestOptions } from './contract.ts';
import { jwtClaims } from './credentials/jwt-expiry.ts';
import type { Session } from './session/session.ts';

// Need not exist: a registry that says so has let us in.
const SOME_TAG = 'latest';

/** What shows that images may be pushed to a repository, as far as a request can that writes nothing. */
export async function pushPermission(
  session: Session,
  repository: string,
  { signal }: RequestOptions = {},
): Promise<PushPermission> {
  const scopes = [pushScope(repository)];
  await session.head({
    method: 'HEAD',
    path: `/v2/${repository}/manifests/${SOME_TAG}`,
    scopes,
    subject: 'manifest',
    action: 'log in for a push to',
    reference: `${session.registry}/${repository}`,
    expects: [200, 404, 405],
    signal,
  });
  const authorization = await session.authorization(scopes, signal);
  if (authorization === undefined) return 'not-asked';
  if (!authorization.startsWith('Bearer ')) return 'password';
  if (maySayNoPush(authorization.slice('Bearer '.length))) {
    throw new SyncError('DENIED', {
      message: `cannot push to ${session.registry}/${repository}: the token that was given for it allows no push`,
      hint: 'grant the account push on the target',
      registry: session.registry,
      reference: `${session.registry}/${repository}`,
    });
  }
  return 'token';
}

/**
 * True: the token lists what it allows, and pushing is not among it. Most can be read, though none has to be.
 *
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 */
function maySayNoPush(token: string): boolean {
  const access = jwtClaims(token)?.access;
  if (!Array.isArray(access)) return false;
  return !access.some((entry: unknown) => {
    const actions = typeof entry === 'object' && entry !== null && 'actions' in entry ? entry.actions : [];
    return Array.isArray(actions) && (actions.includes('push') || actions.includes('*'));
  });
}
