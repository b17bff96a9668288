import { isSyncError, SyncError } from '@regfleet/model';

/** `error` with the provider and the registry in its message, where only a file is named that may serve several. */
export function providerError(error: unknown, { provider, registry }: ErrorPlace): unknown {
  if (!isSyncError(error)) return error;
  const { message, hint, cause } = error;
  return new SyncError(error.code, {
    message: `${provider} for ${registry}: ${message}`,
    hint,
    registry,
    cause,
  });
}

interface ErrorPlace {
  readonly provider: string;
  readonly registry: string;
}
