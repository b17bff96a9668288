import type { SerialisedSyncError } from '@regfleet/model';

/** Exit codes of the command; 75 is sysexits' EX_TEMPFAIL: the same call may work later. */
export const EXIT = { ok: 0, failed: 1, invalid: 2, drifted: 3, temporary: 75 } as const;

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

interface EndedRun {
  readonly outcome?: string;
  readonly errors: readonly Classified[];
}

/** 0 when every run succeeded; a skipped one did not. */
export function exitCodeOfRuns(runs: readonly EndedRun[]): number {
  const unsuccessful = runs.filter((run) => run.outcome !== 'succeeded');
  if (unsuccessful.length === 0) return EXIT.ok;
  return unsuccessful.every(mayPass) ? EXIT.temporary : EXIT.failed;
}

/** Of a run that was cancelled nothing says so; one is skipped because of another, which comes to an end. */
const mayPass = ({ outcome, errors }: EndedRun): boolean =>
  outcome === 'skipped' || exitCodeOfAll(errors) === EXIT.temporary;
