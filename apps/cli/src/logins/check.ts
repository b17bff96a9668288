import {
  type Credentials,
  type Location,
  registryHost,
  type SerialisedSyncError,
  type Side,
  toSyncError,
} from '@regfleet/model';
import type { Registries, RegistryClient } from '@regfleet/registry';
import { isSameAnswer, type LoginAnswer, loginAnswer } from './answer.ts';
import { hostOnly, type Login } from './collect.ts';

/**
 * What trying a login showed.
 *
 * - `logged-in`: the registry asked for a login and took the credentials.
 * - `anonymous`: nobody is logged in, and the registry answers nevertheless.
 * - `unproven`: there are credentials, which the registry did not ask for.
 */
export type LoginResult = 'logged-in' | 'anonymous' | 'unproven' | 'failed';

export interface CheckedLogin {
  readonly side?: Side;
  readonly registry: string;
  /** The repository, or a path above several, that the login is for; absent: it is that of the whole registry. */
  readonly repository?: string;
  readonly tasks: readonly string[];
  /** Whom the registry is told that we are; absent: nobody, or it could not be found out. */
  readonly account?: string;
  /** Who gave the credentials; absent: whoever was asked failed. */
  readonly provider?: string;
  readonly result: LoginResult;
  /** Set where the login failed. */
  readonly error?: SerialisedSyncError;
  /** What to do or to know. */
  readonly hint?: string;
}

const UNPROVEN_HINT =
  'the registry answers anybody here: nothing shows whether it would take these credentials';

// Need not exist: a registry that says so has let us in.
const SOME_TAG = 'latest';

/** Logs in. Never rejects, but when aborted. */
export async function checkLogin(
  login: Login,
  registries: Registries,
  signal: AbortSignal,
): Promise<CheckedLogin> {
  const { location, side, tasks, answer } = login;
  const registry = registryHost(location.registry);
  const isOwn = await isOfRepository(login, registries, signal);
  const repository = login.repository ?? registryPath(location);
  const where = { ...(side && { side }), registry, ...(isOwn && repository && { repository }) };
  try {
    if (answer.failure !== undefined) throw answer.failure;
    const client = registries.connect(location);
    await prove(client, { ...login, isOwn, signal });
    return { ...where, tasks, ...shown(login), ...resultOf(answer, client) };
  } catch (cause) {
    signal.throwIfAborted();
    const error = toSyncError(cause)
      .located({ registry, ...(side && { side }) })
      .toJSON();
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return { ...where, tasks, ...shown(login), result: 'failed', error, ...hint };
  }
}

/** True: what is shown for the repository is not what the registry is shown elsewhere. */
async function isOfRepository(
  { location, repository, answer }: Login,
  registries: Registries,
  signal: AbortSignal,
): Promise<boolean> {
  const isWhole = repository === undefined && registryPath(location) === undefined;
  return !isWhole && !isSameAnswer(answer, await loginAnswer(registries, hostOnly(location), { signal }));
}

/** Who gave the credentials and whom they name. */
function shown({ location, answer }: Login): Pick<CheckedLogin, 'account' | 'provider'> {
  const { credentials, failure } = answer;
  if (failure !== undefined) return {};
  if (credentials === undefined) return { provider: 'anonymous' };
  const account = accountOf(location, credentials);
  return {
    ...(account && { account }),
    ...(credentials.provider !== undefined && { provider: credentials.provider }),
  };
}

function resultOf(
  { credentials }: LoginAnswer,
  { hasAskedForLogin }: RegistryClient,
): Pick<CheckedLogin, 'result' | 'hint'> {
  if (credentials === undefined) return { result: 'anonymous' };
  return hasAskedForLogin ? { result: 'logged-in' } : { result: 'unproven', hint: UNPROVEN_HINT };
}

async function prove(
  client: RegistryClient,
  login: Login & {
    /** The credentials are those of the repository, and nobody else's on this registry. */
    readonly isOwn: boolean;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { side, isOwn, signal } = login;
  const hasCredentials = login.answer.credentials !== undefined;
  const repository = side === 'source' || isOwn ? login.repository : undefined;
  // Some registries let everybody pull what is public, but nobody ping: quay.io.
  if ((hasCredentials && !isOwn) || repository === undefined) await client.ping({ signal });
  const isProved = hasCredentials && !isOwn && client.hasAskedForLogin;
  if (!isProved && repository !== undefined) await client.headManifest(repository, SOME_TAG, { signal });
}

/** The user name, and for AWS who got it: its own user name is the same for everybody. */
function accountOf({ aws }: Location, { username }: Credentials): string {
  const isAws = username === 'AWS' && aws !== undefined;
  return (isAws ? (aws.roleArn ?? aws.profile) : undefined) ?? username;
}

/** What an operator wrote behind the host; absent: nothing. */
function registryPath({ registry }: Location): string | undefined {
  const slash = registry.indexOf('/');
  return slash < 0 ? undefined : registry.slice(slash + 1);
}
