import { isSyncError } from '@regfleet/model';
import { isHtmlType, parseErrorBody, saysExpired } from '../errors/error-body.ts';
import type { Answer } from '../http/answer.ts';
import { BASE_PATH } from '../http/base-path.ts';
import { parseChallenges, preferredChallenge } from '../http/challenge.ts';
import { type Demand, type Demands, isRealmRefusal, isSamePlace, type RealmFailure } from './demand.ts';
import type { Greeting } from './greeting.ts';
import { isToken, type Login } from './login.ts';
import { purposeOf } from './scope.ts';
import { FRESH_MS, REFUSED_MS } from './token-cache.ts';
import { isPassword } from './token-server.ts';

/** What a request that may be refused for want of a login is sent by. */
export interface RoundParts {
  readonly login: Login;
  readonly demands: Demands;
  readonly greeting: Greeting;
  /** True for the registry itself: one that redirects must not have its credentials asked for by others. */
  isOwn(url: URL): boolean;
}

export interface RoundRequest {
  readonly method: string;
  readonly scopes: readonly string[];
  readonly expects: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** True: its body can be sent once. */
  readonly isStreamed: boolean;
  /** @param authorization - absent: it goes without. */
  send(authorization: string | undefined): Promise<Answer>;
  /** True: what strangers are shown of it may be less than what is there, without a word of that. */
  readonly isListing: boolean;
  /** True: it is about what the registry has let us begin, so nobody hides it from us. */
  readonly isOngoing: boolean;
  /** Asks for nothing, to learn what the registry wants to be shown. */
  ping(signal: AbortSignal | undefined): Promise<Answer>;
}

/** What a request is sent with. */
interface Showing {
  /** Absent: it goes without. */
  readonly authorization?: string | undefined;
  /** Why it does, although the registry had asked before. */
  readonly failure?: RealmFailure | undefined;
  /** It was sent without before, and refused. */
  readonly isSecond?: boolean;
}

const NOTHING: Showing = {};

const EXCERPT_BYTES = 64 * 1024;

/**
 * One request with whatever lets it in: what the registry asked for last is shown; where that is refused, what it asks for
 * now, once.
 *
 * @returns the last answer, with its body to be consumed by the caller.
 */
export async function authorizedRound(parts: RoundParts, request: RoundRequest): Promise<Answer> {
  const { login } = parts;
  const { scopes, signal } = request;
  const isUnasked = parts.demands.of(purposeOf(scopes)) === undefined;
  const showing = isUnasked ? NOTHING : await firstShowing(parts, request);
  const { authorization: sent, failure } = showing;
  const answer = await request.send(sent);
  // It went without a login to learn of another token server: strangers are shown less than this account is.
  if (failure !== undefined && answer.status !== 401 && (await login.hasAccount(scopes, signal))) {
    await answer.discard();
    throw failure.error;
  }
  if (isSettled(parts, request, answer, showing)) return answer;
  return await answered(parts, request, answer, showing);
}

/** True: nothing is to be learnt of it, as with nearly all; found out without waiting. */
function isSettled(parts: RoundParts, request: RoundRequest, answer: Answer, showing: Showing): boolean {
  if (answer.status === 401 || answer.status === 403 || isAnonymous(parts, request, answer, showing))
    return false;
  isRefused(parts, answer, showing.authorization);
  return true;
}

/** True: it was answered to a stranger, who may be shown less than an account. */
const isAnonymous = (
  parts: RoundParts,
  request: RoundRequest,
  answer: Answer,
  { authorization, failure }: Showing,
): boolean =>
  authorization === undefined &&
  failure === undefined &&
  !request.isStreamed &&
  mayHideMore(parts, request, answer);

/** The last answer, after whatever the first one leads to. */
async function answered(
  parts: RoundParts,
  request: RoundRequest,
  answer: Answer,
  showing: Showing,
): Promise<Answer> {
  const next = await nextShowing(parts, request, answer, showing);
  if (next === undefined) return await asOneself(parts, request, answer, showing);
  if (request.isStreamed) return answer;
  await answer.discard();
  const last = await request.send(next);
  if (last.status === 403) parts.login.denied(next, request.scopes);
  if (!isRefused(parts, last, next)) return last;
  // No other token has been tried.
  if (showing.authorization === undefined && isToken(next))
    return await answered(parts, request, last, { authorization: next, isSecond: true });
  await refused(parts, request, next, last.url);
  return last;
}

// What a registry tells strangers of what it hides from them; by 401 where that says nothing of what it wants to be shown.
const HIDDEN: ReadonlySet<number> = new Set([400, 401, 403, 404, 405]);

/** What was answered to a stranger, unless there is an account that the registry shows more, as the base of its API tells. */
async function asOneself(
  parts: RoundParts,
  request: RoundRequest,
  answer: Answer,
  showing: Showing,
): Promise<Answer> {
  const { login, demands, greeting } = parts;
  const { scopes, signal } = request;
  if (!isAnonymous(parts, request, answer, showing) || !(await login.hasAccount(scopes, signal)))
    return answer;
  const greeted = await greeting.ask((shared) => request.ping(shared), signal);
  if (greeted === undefined) return answer;
  const { demand, isAsked } = greeted;
  if (!isAsked && !(await login.hasPassword(scopes, signal))) return answer;
  if (isAsked) demands.asked(demand.scheme);
  await answer.discard();
  const authorization = await tried(parts, request, demand);
  return await answered(parts, request, await request.send(authorization), { authorization });
}

function mayHideMore({ isOwn }: RoundParts, { isListing, isOngoing }: RoundRequest, answer: Answer): boolean {
  const { status, url, headers } = answer;
  if (url.pathname === BASE_PATH || isOngoing) return false;
  // A page to log in at may be on another host.
  if (status < 300 && isHtmlType(headers['content-type'] ?? '')) return true;
  return (HIDDEN.has(status) || (isListing && status < 300)) && isOwn(url);
}

/** What the registry asked for last. Such a body as can be sent once goes only when it is known whom the registry names. */
async function firstShowing(parts: RoundParts, request: RoundRequest): Promise<Showing> {
  const showing = await knownShowing(parts, request);
  const { failure } = showing;
  if (failure === undefined || !request.isStreamed) return showing;
  const answer = await request.ping(request.signal);
  const authorization = await nextShowing(parts, { ...request, method: 'GET' }, answer, { failure });
  await answer.discard();
  if (authorization === undefined) throw failure.error;
  return { authorization };
}

/** Where the token server that it named fails, the request goes without, so that the registry can name another. */
export async function knownShowing(
  { login, demands }: Pick<RoundParts, 'login' | 'demands'>,
  { scopes, signal }: Pick<RoundRequest, 'scopes' | 'signal'>,
): Promise<Showing> {
  const purpose = purposeOf(scopes);
  const demand = demands.of(purpose);
  if (demand === undefined) return NOTHING;
  try {
    return { authorization: await login.answer(demand, scopes, signal) };
  } catch (error) {
    signal?.throwIfAborted();
    const failure = isSyncError(error) ? demands.doubt(purpose, demand, error) : undefined;
    if (failure === undefined) throw error;
    return { failure };
  }
}

/** Learns from an answer. @returns the `Authorization` to try now; absent: the answer stands. */
async function nextShowing(
  parts: RoundParts,
  request: RoundRequest,
  answer: Answer,
  showing: Showing,
): Promise<string | undefined> {
  if (isRefused(parts, answer, showing.authorization)) {
    try {
      return await challenged(parts, request, answer, showing);
    } catch (error) {
      await answer.discard();
      throw error;
    }
  }
  if (answer.status !== 403) return undefined;
  parts.login.denied(showing.authorization, request.scopes);
  return (await isExpired(parts, request, answer, showing.authorization))
    ? await replaced(parts, request, showing.authorization)
    : undefined;
}

/** True: the registry wants to know who asks. */
function isRefused({ login, isOwn }: RoundParts, answer: Answer, sent: string | undefined): boolean {
  if (answer.status === 401) return isOwn(answer.url);
  if (answer.status < 400 || answer.status === 404) login.accepted(sent);
  return false;
}

/** What answers the challenge of a 401; absent: nothing that has not been refused already. */
async function challenged(
  parts: RoundParts,
  request: RoundRequest,
  { url, headers }: Answer,
  { authorization: sent, failure, isSecond = false }: Showing,
): Promise<string | undefined> {
  const { login, demands } = parts;
  const { scopes, signal } = request;
  const challenge = preferredChallenge(parseChallenges(headers['www-authenticate'] ?? ''));
  const known = demands.of(purposeOf(scopes));
  const asked = challenge && { ...challenge, url };
  const demand = demands.meantBy(asked, sent, purposeOf(scopes));
  demands.asked(asked && demand?.scheme);
  if (demand === undefined) return undefined;
  // It names the very server that has failed just now.
  if (failure !== undefined && isSamePlace(failure.demand, demand)) {
    if (isRealmRefusal(failure.error)) demands.refused(purposeOf(scopes), demand);
    throw failure.error;
  }
  // The challenge of the base names some repository or none.
  if (url.pathname !== BASE_PATH) login.named(scopes, asked?.params.scope);
  // However new, one of another server is not what was asked for, and one that has let something begin has run out.
  const isPast = request.isOngoing || (known !== undefined && !isSamePlace(known, demand));
  // What the account may not, no token of it may.
  const isOnceMore = asked?.params.error !== 'insufficient_scope';
  const freshMs = isSecond ? REFUSED_MS : FRESH_MS;
  await login.drop(sent, scopes, signal, { minAgeMs: isPast ? 0 : freshMs, isOnceMore });
  const next = await tried(parts, request, demand);
  if (next !== undefined && next !== sent) return next;
  await refused(parts, request, sent, url);
  return undefined;
}

async function tried(
  { login, demands }: RoundParts,
  { scopes, signal }: RoundRequest,
  demand: Demand,
): Promise<string | undefined> {
  try {
    const answer = await login.answer(demand, scopes, signal);
    demands.worked(purposeOf(scopes), demand);
    return answer;
  } catch (error) {
    if (isSyncError(error) && isRealmRefusal(error)) demands.refused(purposeOf(scopes), demand);
    throw error;
  }
}

async function refused(
  { login, demands }: RoundParts,
  { scopes, signal }: RoundRequest,
  sent: string | undefined,
  url: URL,
): Promise<void> {
  if (isToken(sent)) demands.forget(purposeOf(scopes));
  await login.refused(sent, { scopes, url, signal });
}

/** True for a 403 that means that what was shown was good, and is no more. */
async function isExpired(
  { isOwn }: RoundParts,
  { method, expects }: RoundRequest,
  answer: Answer,
  sent: string | undefined,
): Promise<boolean> {
  if (sent === undefined || !isOwn(answer.url) || expects.includes(403)) return false;
  // The answer to a HEAD has no text to tell; only ECR, which takes passwords, is known to mean it.
  const isMute = method === 'HEAD' && isPassword(sent);
  const text = await answer.excerpt(EXCERPT_BYTES);
  return isMute || saysExpired(parseErrorBody(text, answer.headers['content-type']));
}

/** What takes the place of what the registry no longer takes; absent: there is nothing else. */
async function replaced(
  parts: RoundParts,
  request: RoundRequest,
  sent: string | undefined,
): Promise<string | undefined> {
  await parts.login.drop(sent, request.scopes, request.signal);
  const { authorization: next, failure } = await knownShowing(parts, request);
  if (failure !== undefined) throw failure.error;
  return next === sent ? undefined : next;
}
