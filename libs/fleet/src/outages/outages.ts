import {
  type ErrorCode,
  type Location,
  parseRegistryName,
  SingleFlight,
  type SyncError,
  unlessAborted,
} from '@regfleet/model';
import { steadyNowMs } from '../waits/sleep.ts';
import { accountOf } from './account-name.ts';
import {
  type FailureDecision,
  type OutageCause,
  type OutageSubject,
  parseSubjectName,
  subjectName,
} from './outage-note.ts';
import type { Ends, OutagesOptions } from './outage-options.ts';
import { OutageWatch } from './outage-watch.ts';

/** The wait of a piece of work that spends no attempt. */
export interface OutageWait {
  readonly delayMs: number;
  readonly reason: string;
}

/** A piece of work that went well. */
export interface DoneWork {
  readonly tookMs: number;
  /** The registry gave the last answer of it, just now; else that may have been at any time since it began. */
  readonly endedThere: boolean;
}

const SUSPECT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NETWORK_FAILED',
  'RELAY_FAILED',
  'SERVER_FAILED',
  'STREAM_TRUNCATED',
  'TIMED_OUT',
  'TOO_SLOW',
]);

// Works that go well do so many times a second.
const NOTED_FOR_MS = { alone: 1_000, shared: 5_000 } as const;
// Copies that fail together ask once.
const ASKED_FOR_MS = 2_000;
const STORE_AWAY_MS = 5_000;

/**
 * Tells failures of a registry as a whole from those of what was asked for, and keeps the former from being counted.
 *
 * Only of registries, and of accounts, that have worked since the config named them, and as long as the operator is willing to wait.
 */
export class Outages {
  readonly #options: OutagesOptions;
  readonly #watch: OutageWatch;
  /** When it was noted that a subject works, by name. */
  readonly #worked = new Map<string, number>();
  /** By location, so that most work costs a look here. */
  readonly #quietUntilMs = new WeakMap<Location, number>();
  readonly #asking = new Map<string, SingleFlight<SyncError | undefined>>();

  constructor(options: OutagesOptions) {
    this.#options = options;
    this.#watch = new OutageWatch(options);
  }

  /** Why this process cannot do its work, though others can. */
  troubles(): readonly string[] {
    return this.#watch.troubles();
  }

  /** Work there was done. */
  worked(location: Location, { tookMs, endedThere }: DoneWork): void {
    if (this.#watch.isQuiet && steadyNowMs() < (this.#quietUntilMs.get(location) ?? 0)) return;
    this.#quietUntilMs.set(location, steadyNowMs() + NOTED_FOR_MS.alone);
    const { host } = location.registry;
    this.#works({ cause: 'outage', registry: host, account: '' }, endedThere ? 0 : tookMs);
    if (location.auth.kind === 'anonymous') return;
    // A token that was got before goes on for a while.
    this.#works({ cause: 'login', registry: host, account: accountOf(location) }, tookMs);
  }

  /**
   * @param options.isShared - others may do the work as well: then this process waits for as long as they can.
   * @returns absent: the failure counts. @throws the signal's reason.
   */
  async judge(
    error: SyncError,
    ends: Ends,
    options: { readonly signal: AbortSignal; readonly isShared: boolean },
  ): Promise<OutageWait | undefined> {
    const cause = causeOf(error);
    if (cause === undefined) return undefined;
    for (const location of accused(error, ends)) {
      const registry = location.registry.host;
      const account = cause === 'login' ? accountOf(location) : '';
      const subject = { cause, registry, account };
      const wait = await this.#judgeAt(error, { subject, location, ...options });
      if (wait !== undefined) return wait;
    }
    return undefined;
  }

  /** Resolves when nothing holds work at a registry. @throws the signal's reason. */
  async lifted(registry: string, signal: AbortSignal): Promise<void> {
    await this.#options.holds.lifted(laneAt(registry), signal);
  }

  isHeld(registry: string): boolean {
    return this.#options.holds.isHeld(laneAt(registry));
  }

  /** To be called when the config is another. */
  reload(): void {
    for (const name of this.#worked.keys()) {
      const registry = parseSubjectName(name)?.registry ?? '';
      if (this.#options.locationsOf(registry).length === 0) this.#worked.delete(name);
    }
    this.#watch.reload();
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  #works(subject: OutageSubject, tookMs = 0): void {
    const { isOnly, logger } = this.#options;
    const name = subjectName(subject);
    const nowMs = steadyNowMs();
    const isNews = this.#watch.isWatched(subject);
    const lastMs = this.#worked.get(name) ?? 0;
    this.#worked.set(name, lastMs);
    if (!isNews && nowMs - lastMs < NOTED_FOR_MS[isOnly ? 'alone' : 'shared']) return;
    this.#worked.set(name, nowMs);
    this.#watch.works(subject, tookMs).then(
      (isNoted) => {
        if (!isNoted) this.#worked.set(name, lastMs);
      },
      (failure: unknown) => {
        this.#worked.set(name, 0);
        logger.debug({ registry: subject.registry, error: failure }, 'not noted that a registry works');
      },
    );
  }

  async #judgeAt(
    error: SyncError,
    failure: {
      readonly subject: OutageSubject;
      readonly location: Location;
      readonly signal: AbortSignal;
      readonly isShared: boolean;
    },
  ): Promise<OutageWait | undefined> {
    const { subject, location, signal, isShared } = failure;
    const giveUpAfterMs = this.#options.giveUpAfterMs(subject.registry);
    if (giveUpAfterMs <= 0) return undefined;
    let hasWorked = this.#worked.has(subjectName(subject));
    try {
      // A store that is away lets its callers wait, for longer than a copy that is told to stop.
      hasWorked ||= await unlessAborted(this.#hasWorkedBefore(subject), signal);
      if (!hasWorked) return undefined;
      const found = await this.#ask(subject, location, signal);
      if (found === undefined) {
        const proves = this.#options.proves?.(location) ?? true;
        if (subject.cause === 'outage' && (proves || !this.#watch.isHeld(subject))) this.#works(subject);
        return undefined;
      }
      const failing = this.#watch.failed(subject, { location, error: found, hasWorked });
      const decision = await unlessAborted(failing, signal);
      return waitOf(decision, { error: found, isShared, giveUpAfterMs });
    } catch (trouble) {
      signal.throwIfAborted();
      this.#options.logger.debug({ registry: subject.registry, error: trouble }, 'an outage is not noted');
      return hasWorked ? { delayMs: STORE_AWAY_MS, reason: error.message } : undefined;
    }
  }

  #hasWorkedBefore(subject: OutageSubject): Promise<boolean> {
    return this.#options.notes.change(subject, (note) => ({ note, result: note.workedAtMs !== undefined }));
  }

  /** Once for all who wait for the same. @returns why it does not work; absent: it does, and the failure was of what was asked for. */
  async #ask(
    subject: OutageSubject,
    location: Location,
    signal: AbortSignal,
  ): Promise<SyncError | undefined> {
    const lately = this.#watch.failureOf(subject, ASKED_FOR_MS);
    if (lately !== undefined) return lately;
    const name = `${subjectName(subject)} ${accountOf(location)}`;
    const flight =
      this.#asking.get(name) ??
      new SingleFlight((shared: AbortSignal) => this.#options.ask(subject.cause, location, shared));
    this.#asking.set(name, flight);
    try {
      return await flight.run(signal);
    } finally {
      if (flight.isIdle) this.#asking.delete(name);
    }
  }
}

function waitOf(
  { kind, delayMs, lastsMs }: FailureDecision,
  how: { readonly error: SyncError; readonly isShared: boolean; readonly giveUpAfterMs: number },
): OutageWait | undefined {
  if (kind === 'counts') return undefined;
  if (kind === 'alone' && !how.isShared && lastsMs >= how.giveUpAfterMs) return undefined;
  return { delayMs, reason: how.error.message };
}

/** What may be wrong with the registry as a whole; absent: nothing, the failure is of what was asked for. */
function causeOf({ code }: SyncError): OutageCause | undefined {
  if (code === 'UNAUTHORIZED') return 'login';
  return SUSPECT.has(code) ? 'outage' : undefined;
}

/** The ends whose failure it may be: a tool behind a relay may not tell. */
function accused(error: SyncError, ends: Ends): readonly Location[] {
  const all = [ends.source, ends.target].filter((end) => end !== undefined);
  const told = error.side && ends[error.side];
  if (told !== undefined) return [told];
  const host = error.registry === undefined ? undefined : parseRegistryName(error.registry).host;
  const named = all.filter(({ registry }) => registry.host === host);
  return named.length > 0 ? named : all;
}

const laneAt = (registry: string) => ({ relay: 'direct', source: registry, target: registry }) as const;
