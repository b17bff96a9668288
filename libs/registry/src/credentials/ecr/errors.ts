import { type AwsIdentity, type ErrorCode, isSyncError, SyncError } from '@regfleet/model';

/** What was asked of AWS, for the message. */
export interface AwsCall {
  /** Completes "cannot ...", e.g. `get a token`. */
  readonly action: string;
  readonly registry: string;
  readonly region: string;
  readonly identity: AwsIdentity;
}

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html and the API's own exceptions
const CODES: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 'DENIED',
  AccessDeniedException: 'DENIED',
  OptInRequired: 'DENIED',
  ExpiredToken: 'UNAUTHORIZED',
  ExpiredTokenException: 'UNAUTHORIZED',
  IncompleteSignature: 'UNAUTHORIZED',
  InvalidClientTokenId: 'UNAUTHORIZED',
  InvalidSignatureException: 'UNAUTHORIZED',
  MissingAuthenticationToken: 'UNAUTHORIZED',
  MissingAuthenticationTokenException: 'UNAUTHORIZED',
  SignatureDoesNotMatch: 'UNAUTHORIZED',
  UnrecognizedClientException: 'UNAUTHORIZED',
  CredentialsProviderError: 'UNAUTHORIZED',
  // undici's, of a header: all that the SDK does not write itself is the key and the session token.
  InvalidArgumentError: 'UNAUTHORIZED',
  TokenProviderError: 'UNAUTHORIZED',
  Throttling: 'RATE_LIMITED',
  ThrottlingException: 'RATE_LIMITED',
  TooManyRequestsException: 'RATE_LIMITED',
  TimeoutError: 'TIMED_OUT',
};

const HINTS: Partial<Record<ErrorCode, string>> = {
  UNAUTHORIZED:
    'give this process AWS credentials that are valid: environment, AWS_PROFILE, a web identity, or the role of the machine',
  DENIED:
    'the identity needs ecr:GetAuthorizationToken, and for its repositories the ecr: actions of reading and writing',
};

// The SDK has waited and tried again by then, and ECR's API sends no Retry-After.
const THROTTLED_WAIT_MS = 10_000;

/** The `SyncError` of a failed call of an AWS SDK; the SDK knows failures by the name of the error. */
export function awsError(error: unknown, call: AwsCall): SyncError {
  if (isSyncError(error)) return error.located({ registry: call.registry });
  const name = error instanceof Error ? error.name : 'Error';
  const status = httpStatus(error);
  const code = CODES[name] ?? codeByStatus(status) ?? codeOfTransport(error);
  return new SyncError(code, {
    message: `aws: cannot ${call.action} for ${call.registry} in region ${call.region}${actingAs(call.identity)}: ${name}: ${messageOf(error)}`,
    hint: hintFor(code, call),
    registry: call.registry,
    httpStatus: status,
    ...(code === 'RATE_LIMITED' && { retryAfterMs: THROTTLED_WAIT_MS }),
    cause: error,
  });
}

function actingAs({ profile, roleArn }: AwsIdentity): string {
  if (roleArn !== undefined) return ` as role ${roleArn}`;
  return profile === undefined ? '' : ` with profile ${profile}`;
}

function hintFor(code: ErrorCode, { region, identity }: AwsCall): string | undefined {
  if (code === 'NETWORK_FAILED')
    return `is ${region} a region where this API exists, and reachable from here?`;
  if (code === 'DENIED' && identity.roleArn !== undefined) {
    return `may this identity assume ${identity.roleArn}, and may that role use this registry?`;
  }
  return HINTS[code];
}

function codeByStatus(status: number | undefined): ErrorCode | undefined {
  if (status === undefined) return undefined;
  if (status === 429) return 'RATE_LIMITED';
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'DENIED';
  return status >= 500 ? 'SERVER_FAILED' : 'REQUEST_REFUSED';
}

// https://nodejs.org/api/errors.html#nodejs-error-codes and OpenSSL's verification results
const TLS_CODE = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO)/;

function codeOfTransport(error: unknown): ErrorCode {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return TLS_CODE.test(code) ? 'TLS_FAILED' : 'NETWORK_FAILED';
}

function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error && '$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  const isObject = typeof metadata === 'object' && metadata !== null;
  if (!isObject || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

// Node reports a refused connection to several addresses as an AggregateError without a message.
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

/** True when the SDK reports this exception of the service. */
export const isAwsException = (error: unknown, name: string): boolean =>
  error instanceof Error && error.name === name;
