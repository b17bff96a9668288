import type { ErrorCode } from '@regfleet/model';
import { parseChallenges, preferredChallenge } from '../http/challenge.ts';
import { type ErrorBody, wordsOf } from './error-body.ts';
import { IMMUTABLE_HINT, saysImmutable } from './refusals.ts';
import type { Subject } from './subject.ts';

interface Seen {
  readonly status: number;
  readonly body: ErrorBody;
  readonly subject: Subject;
  /** May have answered in place of the registry. */
  readonly proxy?: string | undefined;
  /** The `WWW-Authenticate` of the answer. */
  readonly challenge?: string | undefined;
}

const HINTS: Partial<Record<ErrorCode, string>> = {
  BLOB_UNKNOWN: 'the registry lost content of this image; push the image there again',
  DENIED: 'does this account have the right to do that here, and does the repository exist?',
  LISTING_UNSUPPORTED:
    'this registry does not list its repositories; name them one by one, or set another lister',
  MANIFEST_UNKNOWN: 'is the tag spelt right, and was it deleted?',
  MEDIA_TYPE_UNSUPPORTED: 'the registry does not take or hold this kind of image',
  RATE_LIMITED:
    'log in where the limit of an account is higher, or set "requests-per-second" of this registry below "registries", or lower its "concurrency"',
  REDIRECT_REFUSED: 'is the address of the registry right, and is a login page or proxy in between?',
  REPOSITORY_UNKNOWN:
    'is the name spelt right, and does this registry want repositories to be created first?',
  SERVER_FAILED: 'the registry is in trouble; its own log says more',
  STORAGE_FULL: 'free space on the registry, or raise its quota',
  UNAUTHORIZED:
    'are the credentials of this registry right, and may this account use the repository? Many registries say so of repositories that do not exist',
  UPLOAD_TOO_LARGE:
    'raise the body limit of the proxy in front of the registry (nginx: client_max_body_size)',
};

const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/** What an operator can do about an answer of that kind. */
export function hintFor(code: ErrorCode, seen: Seen): string | undefined {
  const hint = registryHint(code, seen);
  if (hint === undefined || seen.proxy === undefined) return hint;
  if (seen.status === 403) return `${hint} Or does the proxy ${seen.proxy} refuse it (NO_PROXY)?`;
  const mayBeProxy = GATEWAY_STATUSES.has(seen.status);
  return mayBeProxy ? `${hint}. Or can the proxy ${seen.proxy} not reach it (NO_PROXY)?` : hint;
}

/** Where a registry wants a login, and offers no way to it that we know. */
function challengeHint(header: string): string | undefined {
  const challenges = parseChallenges(header);
  if (challenges.length === 0 || preferredChallenge(challenges) !== undefined) return undefined;
  const asked = [...new Set(challenges.map(({ scheme }) => scheme))].join(' and ');
  return `it wants a login by ${asked}, and was shown none: Regfleet knows Basic, and Bearer with the realm of a token server`;
}

function registryHint(code: ErrorCode, { status, body, subject, challenge }: Seen): string | undefined {
  if (body.isHtml && (status < 400 || status === 404)) {
    return 'a web page came where a registry should answer: is the address right, and is a login page or proxy in between?';
  }
  if (status === 407)
    return 'a proxy on the way wants a login that it is not given: name it in HTTPS_PROXY or HTTP_PROXY, with a user and a password';
  const unknownWay = status === 401 && subject !== 'token' ? challengeHint(challenge ?? '') : undefined;
  if (unknownWay !== undefined) return unknownWay;
  if (subject === 'catalog' && (code === 'UNAUTHORIZED' || code === 'DENIED')) {
    return 'many registries let only administrators list all repositories; name them one by one, or set another lister';
  }
  return HINTS_OF[subject]?.(code, body) ?? successHint(code, status, body) ?? HINTS[code];
}

const successHint = (code: ErrorCode, status: number, body: ErrorBody): string | undefined =>
  status < 300 && code === 'RESPONSE_INVALID' && body.code !== undefined
    ? 'the registry tells an error with a status of success; its own log says more'
    : undefined;

const HINTS_OF: Readonly<Partial<Record<Subject, (code: ErrorCode, body: ErrorBody) => string | undefined>>> =
  {
    manifest: manifestHint,
    registry: (code) =>
      code === 'RESPONSE_INVALID' ? 'is this the address of a registry (its API is below /v2/)?' : undefined,
  };

function manifestHint(code: ErrorCode, body: ErrorBody): string | undefined {
  if (code === 'REQUEST_REFUSED' && saysImmutable(wordsOf(body))) return IMMUTABLE_HINT;
  // Said of a push alone: a manifest that is asked for is there or not.
  return code === 'BLOB_UNKNOWN'
    ? 'the registry does not find content that it was sent; its own log says more'
    : undefined;
}
