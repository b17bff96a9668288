import { clip, type Location, type SyncError, toSyncError } from '@regfleet/model';
import type { HoldScope } from '../holds/holds.ts';
import { steadyNowMs } from '../waits/sleep.ts';
import { accountOf } from './account-name.ts';
import {
  claimProbe,
  type FailureDecision,
  failed,
  mayProbe,
  type OutageSubject,
  probeDelay,
  probeFailed,
  type SeenFailure,
  subjectName,
  worked,
} from './outage-note.ts';
import type { OutagesOptions } from './outage-options.ts';
import { type RegistryHold, watchHolds } from './watch-holds.ts';

/** A registry, or an account there, that fails for this process, or by what the fleet says. */
interface Watched {
  readonly subject: OutageSubject;
  location: Location;
  /** By the store's clock; absent: it has not failed for this process. */
  sinceMs: number | undefined;
  /** The last failure, and when it was by `steadyNowMs`. */
  last: { readonly error: SyncError; readonly atMs: number } | undefined;
  /** It works for others. */
  isAlone: boolean;
  /** That failed in a row, while nothing is held. */
  probes: number;
  timer: NodeJS.Timeout | undefined;
  isBusy: boolean;
  /** Ends that this process leaves its work to others. */
  release: (() => void) | undefined;
}

interface Failing {
  readonly location: Location;
  readonly error: SyncError;
  readonly hasWorked: boolean;
}

const MOST_REASON = 500;
const STORE_AWAY_MS = 5_000;
// Whoever hears of a hold need not be the first to ask.
const ADOPTED_AFTER_MS = 1_000;

/** Holds what is down, asks whether it works again, and lifts the hold then. */
export class OutageWatch {
  readonly #options: OutagesOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #placing = new Set<string>();
  readonly #lifting = new Set<string>();
  readonly #closing = new AbortController();
  readonly #held: ReturnType<typeof watchHolds>;

  constructor(options: OutagesOptions) {
    this.#options = options;
    this.#held = watchHolds(options, {
      placed: (hold) => this.#adopt(hold),
      lifted: (hold) => this.#ended(hold),
    });
  }

  troubles(): readonly string[] {
    return [...this.#watched.values()].flatMap(({ isAlone, subject: { cause, registry }, last }) => {
      if (!isAlone || last === undefined || this.#held.isHeld({ cause, registry })) return [];
      const what = cause === 'login' ? 'refuses our login' : 'does not answer us';
      return [`${registry} ${what}, though it works for others: ${last.error.message}`];
    });
  }

  /** Nothing fails, and nothing is held. */
  get isQuiet(): boolean {
    return this.#watched.size === 0 && this.#options.holds.current.length === 0;
  }

  /** It is news when it works. */
  isWatched(subject: OutageSubject): boolean {
    return this.#watched.has(subjectName(subject)) || this.#held.isHeld(subject);
  }

  isHeld(subject: OutageSubject): boolean {
    return this.#held.isHeld(subject);
  }

  /** Absent: it has not failed for so long. */
  failureOf(subject: OutageSubject, withinMs: number): SyncError | undefined {
    const last = this.#watched.get(subjectName(subject))?.last;
    return last !== undefined && steadyNowMs() - last.atMs < withinMs ? last.error : undefined;
  }

  /** It works, as somebody has seen by work that took so long. @returns false: that began before the outage, and says nothing. */
  async works(subject: OutageSubject, tookMs = 0): Promise<boolean> {
    const { notes, holds } = this.#options;
    const name = subjectName(subject);
    if (this.#lifting.has(name)) return false;
    const isNews = this.isWatched(subject);
    if (isNews) this.#lifting.add(name);
    try {
      const isProof = await notes.change(subject, (note, nowMs) => worked(note, nowMs, tookMs));
      if (!isProof) return false;
      if (isNews) await holds.lift(scopeOf(subject), subject.cause);
      this.#forget(subject);
      return true;
    } finally {
      this.#lifting.delete(name);
    }
  }

  /** It does not, as somebody has made sure. */
  async failed(subject: OutageSubject, { location, error, hasWorked }: Failing): Promise<FailureDecision> {
    const watched = this.#watched.get(subjectName(subject));
    const known = { code: error.code, hasWorked, sinceMs: watched?.sinceMs };
    const decision = await this.#decide(subject, known);
    const now = this.#watched.get(subjectName(subject)) ?? this.#add(subject, location, probeDelay(0));
    now.location = location;
    if (now.sinceMs === undefined) this.#tell(subject, { error, decision });
    now.sinceMs ??= decision.sinceMs;
    now.isAlone = decision.kind === 'alone';
    this.#leaveToOthers(now, decision);
    now.last = { error, atMs: steadyNowMs() };
    if (decision.holdMs !== undefined) await this.#hold(subject, { error, holdMs: decision.holdMs });
    return decision;
  }

  /** What has left the config is no longer asked about; what is in it, as it says now. */
  reload(): void {
    for (const watched of [...this.#watched.values()]) {
      const { subject } = watched;
      const locations = this.#options.locationsOf(subject.registry);
      const same = locations.find((location) => accountOf(location) === accountOf(watched.location));
      const location = same ?? (subject.cause === 'outage' ? locations[0] : undefined);
      if (location === undefined) this.#forget(subject);
      else watched.location = location;
    }
    this.#held.look();
  }

  async close(): Promise<void> {
    this.#held.stop();
    this.#closing.abort();
    for (const { subject } of [...this.#watched.values()]) this.#forget(subject);
  }

  async #decide(
    subject: OutageSubject,
    known: Pick<SeenFailure, 'code' | 'hasWorked' | 'sinceMs'>,
  ): Promise<FailureDecision> {
    const { notes, id: by, isOnly, giveUpAfterMs } = this.#options;
    const { registry } = subject;
    const seen = {
      ...known,
      by,
      isOnly,
      mayHold: this.#mayHold(subject),
      giveUpAfterMs: giveUpAfterMs(registry),
    };
    return notes.change(subject, (note, nowMs) => failed(note, nowMs, seen));
  }

  /** A hold is of the registry, and would keep its other accounts waiting. */
  #mayHold({ cause, registry }: OutageSubject): boolean {
    return cause === 'outage' || new Set(this.#options.locationsOf(registry).map(accountOf)).size <= 1;
  }

  #tell({ registry, cause }: OutageSubject, seen: { error: SyncError; decision: FailureDecision }): void {
    if (seen.decision.kind === 'counts') return;
    const what = cause === 'login' ? 'registry refuses the account' : 'registry is down';
    this.#options.logger.info({ registry, cause, error: seen.error.toJSON() }, `${what}: its work waits`);
  }

  /** Once, however many have seen it. */
  async #hold(
    subject: OutageSubject,
    { error, holdMs }: { error: SyncError; holdMs: number },
  ): Promise<void> {
    const name = subjectName(subject);
    if (this.#held.isHeld(subject) || this.#placing.has(name)) return;
    this.#placing.add(name);
    try {
      const reason = clip(error.message, MOST_REASON);
      const { cause } = subject;
      await this.#options.holds.place({ scope: scopeOf(subject), cause, reason, forMs: holdMs });
    } finally {
      this.#placing.delete(name);
    }
  }

  /** Whoever has placed it may be gone: one of those who can has to ask. */
  #adopt({ cause, registry }: RegistryHold): void {
    const all = this.#options.locationsOf(registry);
    for (const location of cause === 'login' ? all : all.slice(0, 1)) {
      const subject = { cause, registry, account: cause === 'login' ? accountOf(location) : '' };
      if (!this.#watched.has(subjectName(subject))) this.#add(subject, location, ADOPTED_AFTER_MS);
    }
  }

  /** Whoever has seen it fail looks at once, since others may be better off. */
  #ended({ cause, registry }: RegistryHold): void {
    for (const watched of [...this.#watched.values()]) {
      const { subject } = watched;
      if (subject.cause !== cause || subject.registry !== registry) continue;
      if (watched.sinceMs === undefined) this.#forget(subject);
      else this.#schedule(watched, 0);
    }
  }

  #add(subject: OutageSubject, location: Location, delayMs: number): Watched {
    const watched: Watched = {
      subject,
      location,
      sinceMs: undefined,
      last: undefined,
      isAlone: false,
      probes: 0,
      timer: undefined,
      isBusy: false,
      release: undefined,
    };
    if (this.#closing.signal.aborted) return watched;
    this.#watched.set(subjectName(subject), watched);
    this.#schedule(watched, delayMs);
    return watched;
  }

  /** Whoever has nothing else to do would take their work from them again and again. */
  #leaveToOthers(watched: Watched, { lastsMs }: FailureDecision): void {
    const { subject, isAlone } = watched;
    const forMs = this.#options.giveUpAfterMs(subject.registry) - lastsMs;
    const isDue = isAlone && forMs > 0 && this.#mayHold(subject);
    if (!isDue) watched.release?.();
    watched.release = isDue
      ? (watched.release ?? this.#options.holds.withhold(scopeOf(subject), forMs))
      : undefined;
  }

  #forget(subject: OutageSubject): void {
    const name = subjectName(subject);
    clearTimeout(this.#watched.get(name)?.timer);
    this.#watched.get(name)?.release?.();
    this.#watched.delete(name);
  }

  #isGone(watched: Watched): boolean {
    return this.#watched.get(subjectName(watched.subject)) !== watched;
  }

  #schedule(watched: Watched, delayMs: number): void {
    if (watched.isBusy) return;
    clearTimeout(watched.timer);
    watched.timer = setTimeout(() => void this.#run(watched), delayMs);
  }

  async #run(watched: Watched): Promise<void> {
    watched.isBusy = true;
    const delayMs = await this.#probe(watched).catch((failure: unknown) => {
      const { registry } = watched.subject;
      this.#options.logger.debug({ registry, error: toSyncError(failure) }, 'an outage is not looked at');
      return STORE_AWAY_MS;
    });
    watched.isBusy = false;
    if (!this.#isGone(watched)) this.#schedule(watched, delayMs);
  }

  /** @returns when to look again, unless it is not watched any more. */
  async #probe(watched: Watched): Promise<number> {
    const { subject, location } = watched;
    const { notes, id, ask } = this.#options;
    const isHeld = this.#held.isHeld(subject);
    if (isHeld) {
      const isOwn = watched.sinceMs !== undefined;
      const claim = await notes.change(subject, (note, nowMs) =>
        mayProbe(note, nowMs, { subject, isOwn })
          ? claimProbe(note, nowMs, id)
          : { note, result: { isMine: false, delayMs: probeDelay(Number.POSITIVE_INFINITY) } },
      );
      if (!claim.isMine) return claim.delayMs;
    }
    const error = await ask(subject.cause, location, this.#closing.signal);
    if (this.#isGone(watched)) return 0;
    if (error === undefined) {
      await this.works(subject);
      return 0;
    }
    watched.last = { error, atMs: steadyNowMs() };
    if (isHeld) return notes.change(subject, (note, nowMs) => probeFailed(note, nowMs, subject.cause));
    if (watched.sinceMs === undefined) return probeDelay(0);
    await this.failed(subject, { location, error, hasWorked: true });
    watched.probes += 1;
    return probeDelay(watched.probes, subject.cause);
  }
}

const scopeOf = ({ registry }: OutageSubject): HoldScope => ({ kind: 'registry', registry });
