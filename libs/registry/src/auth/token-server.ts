import { type Credentials, isSyncError, type Logger, type SyncError } from '@regfleet/model';
import { responseError } from '../errors/response-error.ts';
import { type Answer, isTooLarge } from '../http/answer.ts';
import type { Transport } from '../http/transport.ts';
import { describeAccount } from './account.ts';
import { invalidToken, parseToken, type Token } from './token-answer.ts';

/** What a token is asked for. */
export interface TokenQuestion {
  readonly realm: URL;
  readonly service?: string | undefined;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
}

const MAX_ANSWER_BYTES = 1024 * 1024;

// https://distribution.github.io/distribution/spec/auth/oauth/ asks for a name of the client.
const CLIENT_ID = 'regfleet';

/**
 * Asks a token server: GET with basic authentication or none, OAuth2's POST with an identity token.
 *
 * @throws {SyncError} `UNAUTHORIZED` and `DENIED` when it refuses the credentials; others as any answer.
 */
export async function requestToken(
  transport: Transport,
  question: TokenQuestion,
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
): Promise<Token> {
  const { registry, now } = transport.settings;
  const { realm, scopes, credentials } = question;
  logger.debug(
    { registry, realm: realm.origin, scopes, username: credentials?.username },
    'token is asked for',
  );
  const answer = credentials?.isIdentityToken
    ? await postQuestion(transport, question, credentials, signal)
    : await getQuestion(transport, question, signal);
  if (answer.status !== 200) {
    const text = await answer.excerpt(64 * 1024);
    const purpose = scopes.map(scopeName).join(' and ') || registry;
    const action = `get a token ${describeAccount(credentials)} from ${realm.host} for ${purpose}`;
    const refusal = { status: answer.status, headers: answer.headers, text, proxy: answer.proxy };
    throw responseError(refusal, { registry, subject: 'token', action }, now());
  }
  const where = { registry, realm: realm.host };
  const bytes = await answer.bytes(MAX_ANSWER_BYTES).catch((error: unknown) => {
    throw isTooLarge(error)
      ? invalidToken(`gave more than ${MAX_ANSWER_BYTES} bytes instead of a token`, where)
      : error;
  });
  const serverMs = Date.parse(answer.headers.date ?? '');
  const times = { nowMs: now(), serverMs: Number.isNaN(serverMs) ? undefined : serverMs };
  return parseToken(bytes.toString('utf8'), times, where);
}

/** True when the token server does not know the account, or does not take what it showed. */
export const isRefusal = (error: unknown): error is SyncError =>
  isSyncError(error) && (error.code === 'UNAUTHORIZED' || error.code === 'DENIED');

function getQuestion(transport: Transport, question: TokenQuestion, signal: AbortSignal): Promise<Answer> {
  const { service, scopes, credentials } = question;
  const url = new URL(question.realm);
  if (service) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credentials?.username) url.searchParams.set('account', credentials.username);
  const authorization = credentials && { value: basicAuthorization(credentials), origin: url.origin };
  return transport.send({
    method: 'GET',
    url,
    authorization,
    signal,
    isRepeatable: true,
    namedBy: 'service',
  });
}

function postQuestion(
  transport: Transport,
  { realm, service, scopes }: TokenQuestion,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Answer> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: CLIENT_ID,
    refresh_token: credentials.secret.reveal(),
    ...(service && { service }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  });
  return transport.send({
    method: 'POST',
    url: realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    signal,
    isRepeatable: true,
    namedBy: 'service',
  });
}

export function basicAuthorization({ username, secret }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${secret.reveal()}`, 'utf8').toString('base64')}`;
}

/** True for an `Authorization` that shows a password. */
export const isPassword = (authorization: string | undefined): authorization is string =>
  authorization?.startsWith('Basic ') ?? false;

/** Whose `Basic` authorization it is. */
export function usernameOf(authorization: string): string {
  const [username = ''] = Buffer.from(authorization.slice('Basic '.length), 'base64')
    .toString('utf8')
    .split(':');
  return username;
}

/** `library/busybox` of `repository:library/busybox:pull`. */
const scopeName = (scope: string): string => scope.split(':').slice(1, -1).join(':') || scope;

/** What tells one account, with its password, from others. */
export const shown = (credentials: Credentials | undefined): string =>
  credentials === undefined ? '' : basicAuthorization(credentials);

/** The same at a token server: what one says of an account says nothing of what another would. */
export const shownTo = ({ realm, service, credentials }: TokenQuestion): string =>
  [realm, service, shown(credentials)].join(' ');
