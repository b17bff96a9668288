import { type Credentials, type Location, toSyncError } from '@regfleet/model';
import type { Registries } from '@regfleet/registry';

/** What came of asking for credentials. */
export interface LoginAnswer {
  /** Absent: nobody holds any, or asking failed. */
  readonly credentials?: Credentials;
  /** Why there is no answer. */
  readonly failure?: unknown;
}

/** Asks for the credentials of a location, or of one repository there. Never rejects, but when aborted. */
export async function loginAnswer(
  registries: Registries,
  location: Location,
  context: { repository?: string | undefined; signal: AbortSignal },
): Promise<LoginAnswer> {
  try {
    const credentials = await registries.credentials(location, context);
    return credentials === undefined ? {} : { credentials };
  } catch (failure) {
    context.signal.throwIfAborted();
    return { failure };
  }
}

/** True: the same account with the same secret, the same failure, or nobody in both. */
export function isSameAnswer(one: LoginAnswer, other: LoginAnswer): boolean {
  if (one.failure !== undefined || other.failure !== undefined) {
    return failureOf(one) === failureOf(other);
  }
  const [left, right] = [one.credentials, other.credentials];
  return left?.username === right?.username && left?.secret.reveal() === right?.secret.reveal();
}

function failureOf({ failure }: LoginAnswer): string | undefined {
  if (failure === undefined) return undefined;
  const { code, message } = toSyncError(failure);
  return `${code}: ${message}`;
}
