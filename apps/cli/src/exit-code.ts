import type { SerialisedSyncError } from '@regfleet/model';

/** Exit codes of the command; 75 is sysexits' EX_TEMPFAIL: the same call may work later. */
export const EXIT = { ok: 0, failed: 1, invalid: 2, temporary: 75 } as const;

type Classified = Pick<SerialisedSyncError, 'kind'>;

/** The exit code for what a command ended with. */
export function exitCodeOf({ kind }: Classified): number {
  if (kind === 'config') return EXIT.invalid;
  return kind === 'permanent' ? EXIT.failed : EXIT.temporary;
}

/** The exit code for several failures: 75 or 2 where that is the code of all of them, else 1. */
export function exitCodeOfAll(errors: readonly Classified[]): number {
  const codes = errors.map(exitCodeOf);
  const [first = EXIT.failed] = codes;
  return codes.every((code) => code === first) ? first : EXIT.failed;
}

/** 0 when every run succeeded; a skipped one did not. */
export function exitCodeOfRuns(runs: readonly { outcome?: string; errors: readonly Classified[] }[]): number {
  const unsuccessful = runs.filter((run) => run.outcome !== 'succeeded');
  if (unsuccessful.length === 0) return EXIT.ok;
  // A run that was skipped or cancelled has no errors: nothing says that it was a passing one.
  const mayPass = unsuccessful.every((run) => exitCodeOfAll(run.errors) === EXIT.temporary);
  return mayPass ? EXIT.temporary : EXIT.failed;
}
