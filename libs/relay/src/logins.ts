import {
  type CopyRequest,
  type Credentials,
  type ErrorCode,
  isSyncError,
  type Side,
  SyncError,
} from '@regfleet/model';
import type { CopyContext } from './contract.ts';

const SIDES = ['source', 'target'] as const;

/** The credentials that one copy handed to the program that carries it out, and what its refusals mean by them. */
export class Logins {
  readonly #request: CopyRequest;
  readonly #context: CopyContext;
  readonly #given = new Map<Side, Credentials | undefined>();

  constructor(request: CopyRequest, context: CopyContext) {
    this.#request = request;
    this.#context = context;
  }

  /** Absent: anonymous, or the program's own default. @throws {SyncError} with the side. */
  async of(side: Side): Promise<Credentials | undefined> {
    const { registry } = this.#request[side];
    try {
      const credentials = await this.#context[side].credentials(this.#context.signal);
      this.#given.set(side, credentials);
      return credentials;
    } catch (error) {
      throw isSyncError(error) ? error.located({ side, registry }) : error;
    }
  }

  /** The side whose credentials were valid when they were handed over, and refused since they expired meanwhile. */
  expiredSide(error: unknown): Side | undefined {
    if (!isSyncError(error)) return undefined;
    const sides = error.side === undefined ? SIDES : [error.side];
    if (SAYS_EXPIRED.test(error.message)) return sides.find((side) => this.#given.has(side));
    if (!isRefusal(error)) return undefined;
    return sides.find(
      (side) => (this.#given.get(side)?.expiresAtMs ?? Number.POSITIVE_INFINITY) <= Date.now(),
    );
  }

  /** Whether `later` were given something else for this side. */
  differsFrom(later: Logins, side: Side): boolean {
    return this.#given.get(side)?.secret.reveal() !== later.#given.get(side)?.secret.reveal();
  }

  /** A failure as the operator needs it: whose login was refused, and whether because it expired. */
  explained(error: unknown): unknown {
    if (!isSyncError(error)) return error;
    const expired = this.expiredSide(error);
    if (expired !== undefined) return this.#expired(expired, error);
    if (error.side === undefined || !isRefusal(error)) return error;
    return retold(error, { message: `${error.message} (${this.#whose(error.side)})` });
  }

  #expired(side: Side, error: SyncError): SyncError {
    return retold(error, {
      code: 'CREDENTIALS_EXPIRED',
      message: `a login expired during the copy (${this.#whose(side)}): ${error.message}`,
      hint: 'the copy is repeated with a new login; one that is kept in a file has to be renewed there',
    }).located({ side, registry: this.#request[side].registry });
  }

  #whose(side: Side): string {
    const given = this.#given.get(side);
    if (given === undefined) return 'no credentials were given';
    return `credentials of ${given.provider ?? given.username}`;
  }
}

/** Does a copy, and does it once more where credentials expired meanwhile and there are others by now. */
export async function withLogins<Result>(
  request: CopyRequest,
  context: CopyContext,
  copy: (logins: Logins) => Promise<Result>,
): Promise<Result> {
  const logins = new Logins(request, context);
  try {
    return await copy(logins);
  } catch (error) {
    context.signal.throwIfAborted();
    const side = logins.expiredSide(error);
    const renewed = new Logins(request, context);
    if (side !== undefined) await renewed.of(side);
    if (side === undefined || !logins.differsFrom(renewed, side)) throw logins.explained(error);
    context.logger.info({ side, error }, 'a login expired during the copy: copying again');
    return copyAgain(renewed, copy);
  }
}

async function copyAgain<Result>(logins: Logins, copy: (logins: Logins) => Promise<Result>): Promise<Result> {
  try {
    return await copy(logins);
  } catch (error) {
    throw logins.explained(error);
  }
}

// ECR: "Your authorization token has expired. Reauthenticate and try again."
const SAYS_EXPIRED = /\btoken (?:has |is )?expired|expired token/i;

const isRefusal = ({ code, httpStatus }: SyncError): boolean =>
  code === 'UNAUTHORIZED' || code === 'DENIED' || httpStatus === 401 || httpStatus === 403;

function retold(
  error: SyncError,
  { code = error.code, message, hint = error.hint }: { code?: ErrorCode; message: string; hint?: string },
): SyncError {
  const { side, reference, registry, httpStatus, retryAfterMs } = error;
  return new SyncError(code, {
    message,
    hint,
    side,
    reference,
    registry,
    httpStatus,
    retryAfterMs,
    cause: error,
  });
}
