import type { HoldCause } from '../holds/holds.ts';

/** What may be wrong with a registry as a whole: it is down, or it refuses the account. */
export type OutageCause = Exclude<HoldCause, 'operator'>;

/** What is noted about: a registry, or one account there. */
export interface OutageSubject {
  readonly cause: OutageCause;
  /** The host, as references carry it. */
  readonly registry: string;
  /** Tells the accounts of a registry apart, and nothing else of them; empty for the registry as a whole. */
  readonly account: string;
}

/** What the processes that share a store know of a subject together; times are of the store's clock. */
export interface OutageNote {
  /** When it was last seen to work. Absent: never since the config named it. */
  readonly workedAtMs?: number;
  /** The first failure since. Absent: it works. */
  readonly downSinceMs?: number;
  /** The last failure. */
  readonly failedAtMs?: number;
  /** Processes that have seen it fail since. */
  readonly failing?: readonly string[];
  /** Of the last failure. */
  readonly code?: string;
  /** Probes that have failed in a row. */
  readonly probes?: number;
  /** Who probes, and until when nobody else does. */
  readonly probe?: { readonly by: string; readonly untilMs: number };
  /** Before that nobody probes. */
  readonly nextProbeAtMs?: number;
}

export interface Outcome<Result> {
  readonly note: OutageNote;
  readonly result: Result;
}

/** A change of a note, which may be worked out several times before it stands. */
export type NoteChange<Result> = (note: OutageNote, nowMs: number) => Outcome<Result>;

/** What of a failure is known where it was seen. */
export interface SeenFailure {
  /** Unique per process. */
  readonly by: string;
  /** Of the error. */
  readonly code: string;
  /** It has worked for this process, whatever the store has forgotten. */
  readonly hasWorked: boolean;
  /** Since when it fails for this process, by the store's clock; absent: since now. */
  readonly sinceMs?: number | undefined;
  /** A hold keeps nothing waiting that works. */
  readonly mayHold: boolean;
  readonly giveUpAfterMs: number;
  /** No other process shares the store. */
  readonly isOnly: boolean;
}

export interface FailureDecision {
  /**
   * `counts`: as if there were no such rule, since it never worked, or has been waited for long enough. `waits`: no attempt is
   * spent. `alone`: the same, and it works for others.
   */
  readonly kind: 'counts' | 'waits' | 'alone';
  /** Since when it fails for this process. */
  readonly sinceMs: number;
  /** For how long it does. */
  readonly lastsMs: number;
  /** Until the next try. */
  readonly delayMs: number;
  /** For how long all are to be held; absent: they are not. */
  readonly holdMs?: number;
}

export interface ProbeClaim {
  /** False: not now. */
  readonly isMine: boolean;
  /** How long to wait before it is worth asking again. */
  readonly delayMs: number;
}

/** A registry that does not answer, or that refuses an account, as some of the processes have seen. */
export interface SeenOutage {
  readonly cause: OutageCause;
  readonly registry: string;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  /** How many have seen it, or as many as are noted. */
  readonly processes: number;
  /** Of the last failure; absent: it is not known. */
  readonly code?: string;
}

/** Without a success for so long it is down for all, though one process alone has seen it. */
export const ALL_AFTER_MS = 30_000;

/** A process that has claimed a probe and says nothing for so long is taken to be dead. */
export const PROBE_LEASE_MS = 20_000;

const FIRST_PROBE_MS = 2_000;
const MOST_BETWEEN_PROBES_MS = 60_000;
// Of a login mostly a look at its file: what was refused is not shown again.
const MOST_BETWEEN_MS = { outage: MOST_BETWEEN_PROBES_MS, login: 8_000 } as const;
const SHORTEST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 15_000;
const MOST_FAILING = 8;
// Nobody has looked meanwhile: whoever fails probes more often than that.
const FORGOTTEN_AFTER_MS = 5 * MOST_BETWEEN_PROBES_MS;

/**
 * It works, as somebody has seen.
 *
 * @param tookMs - how long the work took that went well, before any of which its last answer may have come.
 * @returns false: it began before the outage, so that nothing follows from it.
 */
export function worked(note: OutageNote, nowMs: number, tookMs = 0): Outcome<boolean> {
  return nowMs - tookMs >= pastOf(note.downSinceMs, nowMs)
    ? { note: { workedAtMs: nowMs }, result: true }
    : { note, result: false };
}

/** Somebody has seen it fail, and has made sure that it is not what was asked for. */
export function failed(note: OutageNote, nowMs: number, seen: SeenFailure): Outcome<FailureDecision> {
  const { by, code, hasWorked, giveUpAfterMs, isOnly, mayHold } = seen;
  const sinceMs = seen.sinceMs ?? nowMs;
  const lastsMs = Math.max(0, nowMs - sinceMs);
  if (note.workedAtMs === undefined && !hasWorked)
    return { note, result: { kind: 'counts', sinceMs, lastsMs, delayMs: 0 } };
  const downSinceMs = sinceOf(note, nowMs, giveUpAfterMs);
  const failing = [...new Set([...(note.failing ?? []), by])].slice(-MOST_FAILING);
  const next = { ...note, downSinceMs, failedAtMs: nowMs, failing, code };
  const downMs = nowMs - downSinceMs;
  const delayMs = delayAfter(Math.max(downMs, lastsMs));
  const common = { sinceMs, lastsMs, delayMs };
  // Others had work there after that; where they have none any more, nobody knows.
  const isAlone = sinceMs < pastOf(note.workedAtMs, nowMs) && downMs < ALL_AFTER_MS;
  if (isAlone) return { note: next, result: { kind: 'alone', ...common } };
  if (downMs >= giveUpAfterMs) return { note: next, result: { kind: 'counts', ...common } };
  const isSeenByAll = isOnly || failing.length > 1 || downMs >= ALL_AFTER_MS;
  if (!isSeenByAll || !mayHold) return { note: next, result: { kind: 'waits', ...common } };
  return {
    note: { ...next, nextProbeAtMs: note.nextProbeAtMs ?? nowMs + probeDelay(0) },
    result: { kind: 'waits', ...common, holdMs: giveUpAfterMs - downMs },
  };
}

// Those who have seen it fail look more often than that, if they are still there.
const OVERDUE_MS = 30_000;

/** Who has seen it fail knows best what to ask; the others do once nobody of these seems to be left. */
export function mayProbe(
  { nextProbeAtMs, failedAtMs, downSinceMs }: OutageNote,
  nowMs: number,
  { subject, isOwn }: { readonly subject: OutageSubject; readonly isOwn: boolean },
): boolean {
  if (isOwn) return true;
  if (subject.cause === 'login') return downSinceMs !== undefined;
  return nowMs - (nextProbeAtMs ?? failedAtMs ?? 0) >= OVERDUE_MS;
}

/** One process at a time asks whether it works again, for all. */
export function claimProbe(note: OutageNote, nowMs: number, by: string): Outcome<ProbeClaim> {
  const { probe, nextProbeAtMs } = note;
  const othersUntilMs = probe !== undefined && probe.by !== by ? probe.untilMs : undefined;
  const waitMs = Math.max(
    aheadOf(nextProbeAtMs, nowMs, MOST_BETWEEN_PROBES_MS),
    aheadOf(othersUntilMs, nowMs, PROBE_LEASE_MS),
  );
  if (waitMs > 0) return { note, result: { isMine: false, delayMs: waitMs } };
  const next = { ...note, probe: { by, untilMs: nowMs + PROBE_LEASE_MS } };
  return { note: next, result: { isMine: true, delayMs: 0 } };
}

/** A probe has failed. @param cause - of the subject. @returns how long to wait before the next. */
export function probeFailed(note: OutageNote, nowMs: number, cause: OutageCause): Outcome<number> {
  const { probe: _, ...rest } = note;
  const probes = (note.probes ?? 0) + 1;
  const delayMs = probeDelay(probes, cause);
  return {
    note: { ...rest, probes, failedAtMs: nowMs, nextProbeAtMs: nowMs + delayMs },
    result: delayMs,
  };
}

/** @param probes - that have failed in a row. */
export const probeDelay = (probes: number, cause: OutageCause = 'outage'): number =>
  Math.min(FIRST_PROBE_MS * 2 ** Math.min(probes, 16), MOST_BETWEEN_MS[cause]);

/** What is to be said of it; absent: it works, or nobody has looked for long. */
export function seenOutage(
  { cause, registry }: OutageSubject,
  note: OutageNote,
  nowMs: number,
): SeenOutage | undefined {
  const { downSinceMs, failedAtMs = 0, failing = [], code } = note;
  if (downSinceMs === undefined || nowMs - failedAtMs > FORGOTTEN_AFTER_MS) return undefined;
  const sinceMs = Math.min(downSinceMs, nowMs);
  return { cause, registry, sinceMs, processes: failing.length, ...(code !== undefined && { code }) };
}

/** A clock that was ahead tells nothing. */
const pastOf = (timeMs: number | undefined, nowMs: number): number =>
  timeMs === undefined || timeMs > nowMs ? 0 : timeMs;

/** Whoever named a time that is further ahead than any of ours had another clock: waiting for it, nobody would ever ask. */
function aheadOf(timeMs: number | undefined, nowMs: number, mostMs: number): number {
  const aheadMs = (timeMs ?? nowMs) - nowMs;
  return aheadMs > mostMs ? 0 : Math.max(0, aheadMs);
}

/** Grows with the outage, so that whoever is not held yet asks ever less often. */
const delayAfter = (downMs: number): number =>
  Math.min(Math.max(downMs / 2, SHORTEST_DELAY_MS), LONGEST_DELAY_MS);

/** An outage that nobody has looked at for long, and that was not given up, may have been over in between. */
function sinceOf({ downSinceMs, failedAtMs = 0 }: OutageNote, nowMs: number, giveUpAfterMs: number): number {
  if (downSinceMs === undefined || downSinceMs > nowMs) return nowMs;
  const isGivenUp = failedAtMs - downSinceMs >= giveUpAfterMs;
  return nowMs - failedAtMs > FORGOTTEN_AFTER_MS && !isGivenUp ? nowMs : downSinceMs;
}

/** Equal for two subjects that are the same. */
export const subjectName = ({ cause, registry, account }: OutageSubject): string =>
  account === '' ? `${cause} ${registry}` : `${cause} ${registry} ${account}`;

/** Absent for what `subjectName` does not make. */
export function parseSubjectName(name: string): OutageSubject | undefined {
  const [, cause, registry, account = ''] = /^(outage|login) (\S+)(?: (\S+))?$/.exec(name) ?? [];
  if ((cause !== 'outage' && cause !== 'login') || registry === undefined) return undefined;
  return { cause, registry, account };
}
