import type { SyncConfig } from '@regfleet/config';
import {
  type Credentials,
  type Location,
  type SerialisedSyncError,
  type Side,
  toSyncError,
} from '@regfleet/model';
import type { Finding, Registries, RegistryClient } from '@regfleet/registry';
import { isSameAnswer, type LoginAnswer, loginAnswer } from './answer.ts';
import { hostOnly, type Login } from './collect.ts';
import { type Proof, type ProofDeps, prove } from './proof.ts';

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
  /** What the registry let this account do, one thing for each repository that was asked about; absent: nothing but log in. */
  readonly proved?: readonly string[];
  /** What the answers showed of the registry's ways; absent: nothing out of the ordinary. */
  readonly learnt?: readonly Finding[];
  /** Set where the login failed. */
  readonly error?: SerialisedSyncError;
  /** What to do or to know. */
  readonly hint?: string;
}

const UNPROVEN_HINT =
  'the registry answers anybody here: nothing shows whether it would take these credentials';

const MISSING_HINT = 'not there, or hidden from this account: ';

export interface CheckDeps {
  readonly registries: Registries;
  readonly lister: SyncConfig['lister'];
  readonly signal: AbortSignal;
}

/** Logs in for what the tasks copy. Never rejects, but when aborted. */
export async function checkLogins(logins: readonly Login[], deps: CheckDeps): Promise<CheckedLogin[]> {
  const checked = await Promise.all(logins.map((login) => checkLogin(login, deps)));
  // Several may be of one registry, which all of them have asked by then.
  return checked.map((login, index) => ({ ...login, ...learntOf(logins[index]?.location, deps) }));
}

function learntOf(location: Location | undefined, { registries }: CheckDeps): Pick<CheckedLogin, 'learnt'> {
  try {
    const learnt = location === undefined ? [] : registries.connect(location).findings();
    return learnt.length === 0 ? {} : { learnt };
  } catch {
    // It cannot even be asked, as its error tells.
    return {};
  }
}

async function checkLogin(login: Login, deps: CheckDeps): Promise<CheckedLogin> {
  const { registries, signal } = deps;
  const { location, side, tasks, answer } = login;
  const registry = location.registry.host;
  const isOwn = await isOfRepository(login, registries, signal);
  const repository = login.repository ?? location.registry.path;
  const where = { ...(side && { side }), registry, ...(isOwn && repository && { repository }) };
  try {
    if (answer.failure !== undefined) throw answer.failure;
    const client = registries.connect(location);
    const proofs = await proofsOf({ ...login, isOwn }, { ...deps, client });
    return { ...where, tasks, ...shown(login), ...told(proofs), ...resultOf(answer, client) };
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
  const isWhole = repository === undefined && location.registry.path === '';
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

/** One after the other: a wrong password that is shown many times at once gets accounts locked. */
async function proofsOf(
  login: Login & {
    /** The credentials are those of the repository, and nobody else's on this registry. */
    readonly isOwn: boolean;
  },
  deps: ProofDeps,
): Promise<Proof[]> {
  const { client, signal } = deps;
  const proofs: Proof[] = [];
  for (const purpose of login.purposes) {
    const proof = await prove(purpose, deps);
    if (proof !== undefined) proofs.push(proof);
  }
  const mayBeAsked = login.answer.credentials !== undefined && !login.isOwn && !client.hasAskedForLogin;
  // After the proofs, which must not learn from it how to log in: a copy asks for that only where it may be hidden from strangers.
  if (proofs.length === 0 || mayBeAsked) await client.ping({ signal });
  return proofs;
}

function told(proofs: readonly Proof[]): Pick<CheckedLogin, 'proved' | 'hint'> {
  const missing = proofs.filter(({ isMissing }) => isMissing);
  return {
    ...(proofs.length > 0 && { proved: [...new Set(proofs.map(({ proved }) => proved))] }),
    ...(missing.length > 0 && { hint: `${MISSING_HINT}${missing.map(({ name }) => name).join(', ')}` }),
  };
}

/** The user name, and for AWS who got it: its own user name is the same for everybody. */
function accountOf({ aws }: Location, { username }: Credentials): string {
  const isAws = username === 'AWS' && aws !== undefined;
  return (isAws ? (aws.roleArn ?? aws.profile) : undefined) ?? username;
}
