import { SyncError } from '@regfleet/model';

// https://nodejs.org/api/errors.html#common-system-errors
const LACKS: ReadonlyMap<unknown, string> = new Map([
  ['EMFILE', 'this process may open no more files'],
  ['ENFILE', 'this machine can open no more files'],
  ['ENOMEM', 'this machine has no more memory'],
]);

export const EXHAUSTED_HINT = 'raise the limit (ulimit -n, LimitNOFILE= of systemd), or lower --concurrency';

/**
 * A file that could not be read since this machine lacks something, which may pass and says nothing about the file; absent: for
 * another reason.
 *
 * @param path - of the file.
 */
export function exhausted(error: unknown, path: string): SyncError | undefined {
  const lack = error instanceof Error && 'code' in error ? LACKS.get(error.code) : undefined;
  if (lack === undefined) return undefined;
  return new SyncError('NETWORK_FAILED', {
    message: `cannot read ${path}: ${lack}`,
    hint: EXHAUSTED_HINT,
    cause: error,
  });
}
