import {
  type Logger,
  RELAY_NAMES,
  type RelayName,
  type SyncError,
  sleep,
  toSyncError,
} from '@regfleet/model';
import type { Relay } from '@regfleet/relay';
import { neededRelays, type RelayNeeds } from './relays.ts';

// A daemon that starts beside the worker is there within seconds; one that is repaired, within minutes.
const DEFAULT_PAUSES = { firstMs: 1_000, longestMs: 60_000 };

export interface WorkerRelaysOptions {
  readonly config: RelayNeeds;
  readonly logger: Logger;
  /** Aborts when the service is told to stop. */
  readonly signal: AbortSignal;
  /** Between two tries of a relay; absent: a second, doubling up to a minute. */
  readonly pauses?: { readonly firstMs: number; readonly longestMs: number };
  /** @throws {SyncError} at once where the relay does not work. */
  open(name: RelayName): Promise<Relay>;
}

/**
 * The relays of one worker: each is taken if it works at start, and one that the config needs and that does not is
 * tried again until it does.
 */
export class WorkerRelays {
  readonly #options: WorkerRelaysOptions;
  readonly #open = new Map<RelayName, Relay>();
  /** Why a relay that the config needs does not work. */
  readonly #missing = new Map<RelayName, SyncError>();
  readonly #searches = new Map<RelayName, Promise<void>>();
  #needed: ReadonlySet<RelayName>;
  #onOpened: ((relay: Relay) => void) | undefined;

  constructor(options: WorkerRelaysOptions) {
    this.#options = options;
    this.#needed = neededRelays(options.config);
  }

  /** Tries every relay once. @returns those that work. */
  async open(): Promise<ReadonlyMap<RelayName, Relay>> {
    await Promise.all(RELAY_NAMES.map((name) => this.#try(name, 1)));
    return new Map(this.#open);
  }

  /** Goes on trying the relays that are needed. @param onOpened - told of each that works at last. */
  search(onOpened: (relay: Relay) => void): void {
    this.#onOpened = onOpened;
    for (const name of this.#needed) this.#startSearch(name);
  }

  /** Another config may need other relays. */
  reload(config: RelayNeeds): void {
    this.#needed = neededRelays(config);
    for (const name of this.#missing.keys()) if (!this.#needed.has(name)) this.#missing.delete(name);
    for (const name of this.#needed) this.#startSearch(name);
  }

  /** A line for each relay that is needed and does not work. */
  troubles(): string[] {
    return [...this.#missing].map(([name, error]) => `relay ${name} does not work here: ${error.message}`);
  }

  /** To be called once the signal has aborted and no copy runs any more. */
  async close(): Promise<void> {
    await Promise.all(this.#searches.values());
    await Promise.all([...this.#open.values()].map((relay) => relay.close()));
  }

  #startSearch(name: RelayName): void {
    if (this.#onOpened === undefined || this.#open.has(name) || this.#searches.has(name)) return;
    const searching = this.#search(name).finally(() => this.#searches.delete(name));
    this.#searches.set(name, searching);
  }

  async #search(name: RelayName): Promise<void> {
    const { signal, pauses: { firstMs, longestMs } = DEFAULT_PAUSES } = this.#options;
    for (let tries = this.#missing.has(name) ? 2 : 1; this.#needed.has(name); tries += 1) {
      const pauseMs = Math.min(longestMs, firstMs * 2 ** (tries - 2));
      if (tries > 1) await sleep(pauseMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const relay = await this.#try(name, tries);
      if (relay !== undefined) {
        this.#onOpened?.(relay);
        return;
      }
    }
  }

  async #try(name: RelayName, tries: number): Promise<Relay | undefined> {
    const { logger, signal } = this.#options;
    try {
      const relay = await this.#options.open(name);
      this.#open.set(name, relay);
      this.#missing.delete(name);
      return relay;
    } catch (failure) {
      if (signal.aborted) return undefined;
      const error = toSyncError(failure);
      if (this.#needed.has(name)) this.#missing.set(name, error);
      const isWorthALine = this.#needed.has(name) && isPowerOfTwo(tries);
      logger[isWorthALine ? 'error' : 'debug']({ relay: name, error }, 'a relay does not work here');
      return undefined;
    }
  }
}

// Tries 1, 2, 4, 8 and so on: what lasts is told ever more rarely.
const isPowerOfTwo = (count: number): boolean => (count & (count - 1)) === 0;
