/** Crashes of processes that held a job beside others: any of these may have been to blame. */
export const CRASHES_IN_COMPANY = 2;

/** Crashes of processes that a job had for itself: those are its own. */
export const CRASHES_ALONE = 2;

/** What is kept with a job that may be to blame for crashes. */
export interface CrashNote {
  /** Crashes of processes that the job had for itself. */
  readonly alone: number;
  /** All crashes that there had been when it last began alone; absent: that try did not end with its process. */
  readonly beganAfter?: number;
}

/** In which company a job may run: beside others, in a process that does nothing else, or in none any more. */
export type Company = 'others' | 'alone' | 'none';

export interface CrashRecord {
  readonly company: Company;
  /** As it stands while the job has not begun again. */
  readonly note: CrashNote;
}

/**
 * What crashes so far lead to.
 *
 * @param crashes - of processes that held the job, since it was queued.
 * @param note - absent: it has not begun alone yet.
 */
export function recallCrashes(crashes: number, note: CrashNote = { alone: 0 }): CrashRecord {
  const hasDied = note.beganAfter !== undefined && crashes > note.beganAfter;
  const alone = note.alone + (hasDied ? 1 : 0);
  if (alone >= CRASHES_ALONE) return { company: 'none', note: { alone } };
  return { company: crashes < CRASHES_IN_COMPANY ? 'others' : 'alone', note: { alone } };
}
