import { createHash } from 'node:crypto';
import { locationFor, namesRegistry, type SyncConfig, taskLocations } from '@regfleet/config';
import { type FleetStore, type OutageCause, Outages } from '@regfleet/fleet';
import { type Location, type Logger, SyncError, toSyncError } from '@regfleet/model';
import type { Registries } from '@regfleet/registry';

export interface OutageDeps {
  /** Unique per process. */
  readonly id: string;
  readonly config: SyncConfig;
  readonly fleet: Pick<FleetStore, 'holds' | 'outages'>;
  readonly registries: Pick<Registries, 'connect' | 'credentials'>;
  readonly logger: Logger;
  /** No other process shares the store. */
  readonly isOnly?: boolean;
  /** What is done ends with its first runs: whoever has started it waits. */
  readonly isOnce?: boolean;
}

export interface OpenedOutages {
  readonly outages: Outages;
  reload(config: SyncConfig): void;
}

const LONG_MS = 30 * 60_000;
const SHORT_MS = 2 * 60_000;

// A registry that is well answers this within a second or two.
const ASK_MS = 10_000;

/** What a process knows of registries that are down, by the config that is in force. */
export function openOutages(deps: OutageDeps): OpenedOutages {
  const { id, fleet, registries, logger, isOnly = false, isOnce = false } = deps;
  let { config } = deps;
  const questions = new Questions(registries);
  const outages = new Outages({
    id,
    notes: fleet.outages,
    holds: fleet.holds,
    isOnly,
    giveUpAfterMs: (registry) => config.giveUpAfterMs ?? defaultMs(config, registry, isOnce),
    locationsOf: (registry) => locationsOf(config, registry),
    ask: (cause, location, signal) => questions.ask(cause, location, signal),
    proves: (location) => registries.connect(location).hasToldManifest,
    logger,
  });
  return {
    outages,
    reload(next) {
      config = next;
      outages.reload();
    },
  };
}

function defaultMs(config: SyncConfig, registry: string, isOnce: boolean): number {
  const isPeriodic = config.tasks.some(
    (task) =>
      task.schedule !== undefined && taskLocations(task).some((end) => end.registry.host === registry),
  );
  return isPeriodic && !isOnce ? LONG_MS : SHORT_MS;
}

function locationsOf(config: SyncConfig, registry: string): readonly Location[] {
  if (!namesRegistry(config, registry)) return [];
  const used = config.tasks.flatMap(taskLocations).filter((end) => end.registry.host === registry);
  return used.length > 0 ? used : [locationFor(config, registry)];
}

/** Whether a registry answers what it has answered before, or lets an account in that it has refused. */
class Questions {
  readonly #registries: OutageDeps['registries'];
  /** A hash of what was refused, and why, by client: what is the same is not shown again, since registries lock accounts for that. */
  readonly #refused = new WeakMap<object, { readonly shown: string; readonly error: SyncError }>();

  constructor(registries: OutageDeps['registries']) {
    this.#registries = registries;
  }

  /** @returns why not; absent: it does. @throws the signal's reason. */
  async ask(cause: OutageCause, location: Location, signal: AbortSignal): Promise<SyncError | undefined> {
    const patience = AbortSignal.timeout(ASK_MS);
    const ending = AbortSignal.any([signal, patience]);
    try {
      return cause === 'login'
        ? await this.#refusal(location, ending)
        : await this.#silence(location, ending);
    } catch (failure) {
      signal.throwIfAborted();
      if (patience.aborted) return silent(location);
      return toSyncError(failure);
    }
  }

  async #silence(location: Location, signal: AbortSignal): Promise<SyncError | undefined> {
    const error =
      (await this.#ping(location, signal)) ??
      (await failureOf(this.#registries.connect(location).askAgain({ signal }), signal));
    return error === undefined || error.kind !== 'retryable' ? undefined : error;
  }

  /** Of the account; one that is refused for something else is not meant, nor is a registry that is down. */
  async #refusal(location: Location, signal: AbortSignal): Promise<SyncError | undefined> {
    const credentials = await this.#registries.credentials(location, { signal });
    if (credentials === undefined) return undefined;
    const client = this.#registries.connect(location);
    const text = `${credentials.username}\n${credentials.secret.reveal()}`;
    const shown = createHash('sha256').update(text).digest('base64url');
    const before = this.#refused.get(client);
    if (before?.shown === shown) return before.error;
    const error = await this.#ping(location, signal);
    if (error === undefined || error.code !== 'UNAUTHORIZED')
      return error?.kind === 'retryable' ? error : undefined;
    this.#refused.set(client, { shown, error });
    return error;
  }

  async #ping(location: Location, signal: AbortSignal): Promise<SyncError | undefined> {
    return await failureOf(this.#registries.connect(location).ping({ signal }), signal);
  }
}

async function failureOf(question: Promise<void>, signal: AbortSignal): Promise<SyncError | undefined> {
  try {
    await question;
    return undefined;
  } catch (failure) {
    signal.throwIfAborted();
    return toSyncError(failure);
  }
}

const silent = ({ registry: { host } }: Location): SyncError =>
  new SyncError('TIMED_OUT', {
    message: `${host} does not answer within ${ASK_MS / 1000} s`,
    hint: 'is the registry overloaded, or the way to it?',
    registry: host,
  });
