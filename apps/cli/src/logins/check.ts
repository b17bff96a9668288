import { type Credentials, type SerialisedSyncError, type Side, toSyncError } from '@regfleet/model';
import type { Registries, RegistryClient } from '@regfleet/registry';
import { isSameAnswer, loginAnswer } from './answer.ts';
import type { Login } from './collect.ts';

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
  const { location, side, tasks, repository, failure } = login;
  const { registry } = location;
  let known: Pick<CheckedLogin, 'account' | 'provider'> = {};
  const about = () => ({ ...(side && { side }), registry, tasks, ...known });
  try {
    if (failure !== undefined) throw failure;
    const general = await loginAnswer(registries, location, { signal });
    const answer = await loginAnswer(registries, location, { repository, signal });
    if (answer.failure !== undefined) throw answer.failure;
    const { credentials } = answer;
    const account = accountOf(login, credentials);
    known = { provider: credentials?.provider ?? 'anonymous', ...(account && { account }) };
    const client = registries.connect(location);
    const isOwn = !isSameAnswer(answer, general);
    const read = side === 'source' || isOwn ? repository : undefined;
    await prove(client, { repository: read, isOwn, hasCredentials: credentials !== undefined, signal });
    if (credentials === undefined) return { ...about(), result: 'anonymous' };
    if (client.hasAskedForLogin) return { ...about(), result: 'logged-in' };
    return { ...about(), result: 'unproven', hint: UNPROVEN_HINT };
  } catch (cause) {
    signal.throwIfAborted();
    const error = toSyncError(cause)
      .located({ registry, ...(side && { side }) })
      .toJSON();
    return { ...about(), result: 'failed', error, ...(error.hint !== undefined && { hint: error.hint }) };
  }
}

async function prove(
  client: RegistryClient,
  how: {
    repository: string | undefined;
    /** The credentials are those of the repository, and nobody else's on this registry. */
    isOwn: boolean;
    hasCredentials: boolean;
    signal: AbortSignal;
  },
): Promise<void> {
  const { repository, isOwn, hasCredentials, signal } = how;
  // Some registries let everybody pull what is public, but nobody ping: quay.io.
  if ((hasCredentials && !isOwn) || repository === undefined) await client.ping({ signal });
  const isProved = hasCredentials && !isOwn && client.hasAskedForLogin;
  if (!isProved && repository !== undefined) await client.headManifest(repository, SOME_TAG, { signal });
}

/** The user name, and for AWS who got it: its own user name is the same for everybody. */
function accountOf({ location }: Login, credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined) return undefined;
  const { aws } = location;
  const isAws = credentials.username === 'AWS' && aws !== undefined;
  return (isAws ? (aws.roleArn ?? aws.profile) : undefined) ?? credentials.username;
}
