import { SyncError } from '@regfleet/model';

export const EXHAUSTED_HINT = 'raise the limit (ulimit -n, LimitNOFILE= of systemd), or lower --concurrency';

interface Lack {
  readonly what: string;
  readonly hint: string;
}

// https://nodejs.org/api/errors.html#common-system-errors
const LACKS: ReadonlyMap<unknown, Lack> = new Map([
  ['EMFILE', { what: 'this process may open no more files', hint: EXHAUSTED_HINT }],
  ['ENFILE', { what: 'this machine can open no more files', hint: EXHAUSTED_HINT }],
  [
    'ENOMEM',
    {
      what: 'this machine has no more memory',
      hint: 'give it or its container more, or lower --concurrency',
    },
  ],
  [
    'EAGAIN',
    {
      what: 'this user or container may start no more processes',
      hint: 'raise the limit (ulimit -u, TasksMax= of systemd, pids of a container), or lower --concurrency',
    },
  ],
]);

/**
 * What could not be done since this machine lacks something, which may pass and says nothing about the file or program; absent: it
 * failed for another reason.
 *
 * @param action - as in `cannot <action>`.
 */
export function exhausted(error: unknown, action: string): SyncError | undefined {
  const lack = error instanceof Error && 'code' in error ? LACKS.get(error.code) : undefined;
  if (lack === undefined) return undefined;
  return new SyncError('NETWORK_FAILED', {
    message: `cannot ${action}: ${lack.what}`,
    hint: lack.hint,
    cause: error,
  });
}
