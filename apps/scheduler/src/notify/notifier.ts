import type { Receiver, SyncConfig } from '@regfleet/config';
import type { FleetStore, SharedStore } from '@regfleet/fleet';
import { type Logger, toSyncError, within } from '@regfleet/model';
import type { Webhooks } from '@regfleet/registry';
import type { Metrics } from '@regfleet/runtime';
import { changesOf, type StateNow, stateOf } from './changes.ts';
import { messageFor } from './message.ts';

interface NotifierDeps {
  readonly store: Pick<FleetStore, 'schedules'> &
    Pick<SharedStore, 'isAnswering' | 'sourceNotes' | 'toldStates'>;
  readonly config: () => SyncConfig;
  readonly metrics: Pick<Metrics, 'notified'>;
  readonly logger: Logger;
  readonly webhooks: Pick<Webhooks, 'post'>;
  leads(): boolean;
}

/** What is remembered of a receiver that did not take something. */
interface Trouble {
  readonly failures: number;
  readonly againAtMs: number;
  readonly reason: string;
}

const MAX_WAIT_MS = 600_000;
// Only Redis could take longer: what was told last is then told once more.
const STOP_MS = 1_000;

/**
 * Tells receivers how tasks are, where that is not what they were told: what is not taken is told later as it is then, so that
 * nothing queues up.
 */
export function startNotifier(deps: NotifierDeps, everyMs: number): { stop(): Promise<void> } {
  const { store, config, logger, leads } = deps;
  const stopping = new AbortController();
  const busy = new Map<string, Promise<void>>();
  const troubles = new Map<string, Trouble>();
  const tell = async (receiver: Receiver, states: readonly StateNow[]): Promise<void> => {
    const reason = await tellAll(receiver, states, { ...deps, signal: stopping.signal });
    const before = troubles.get(receiver.name);
    if (reason === undefined) {
      troubles.delete(receiver.name);
      return;
    }
    const failures = (before?.failures ?? 0) + 1;
    const againAtMs = performance.now() + Math.min(MAX_WAIT_MS, everyMs * 2 ** (failures - 1));
    troubles.set(receiver.name, { failures, againAtMs, reason });
    if (before?.reason !== reason)
      logger.warn({ receiver: receiver.name, reason }, 'a notification was not taken: it is tried again');
  };
  const look = async (): Promise<void> => {
    const receivers = config().receivers.filter(
      ({ name }) => !busy.has(name) && (troubles.get(name)?.againAtMs ?? 0) <= performance.now(),
    );
    if (receivers.length === 0 || !leads() || !store.isAnswering) return;
    const states = await statesNow(deps);
    for (const receiver of receivers) {
      const telling = tell(receiver, states).catch((error: unknown) => {
        if (!stopping.signal.aborted)
          logger.debug({ receiver: receiver.name, error: toSyncError(error) }, 'nothing could be told');
      });
      busy.set(
        receiver.name,
        telling.finally(() => busy.delete(receiver.name)),
      );
    }
  };
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => logger.debug({ error: toSyncError(error) }, 'states of tasks are not known'))
      .finally(() => {
        looking = undefined;
      });
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await within(Promise.all([looking, ...busy.values()]), STOP_MS);
    },
  };
}

async function statesNow({ store, config }: NotifierDeps): Promise<readonly StateNow[]> {
  const ids = config().tasks.map(({ id }) => id);
  const [statuses, vanished] = await Promise.all([
    store.schedules.status(ids),
    store.sourceNotes.summaries(ids),
  ]);
  const byTask = new Map(ids.map((id, at) => [id, vanished[at] ?? {}]));
  return statuses.map((status) => stateOf(status, byTask.get(status.task) ?? {}));
}

/** @returns why it ended before all was told. */
async function tellAll(
  receiver: Receiver,
  states: readonly StateNow[],
  { store, webhooks, metrics, leads, signal }: NotifierDeps & { readonly signal: AbortSignal },
): Promise<string | undefined> {
  const told = await store.toldStates.of(
    receiver.name,
    states.map(({ task }) => task),
  );
  for (const [at, state] of states.entries()) {
    for (const change of changesOf(state, told[at])) {
      if (!leads()) return undefined;
      if (receiver.on.includes(change.event)) {
        const content = messageFor(receiver, change.event, state, Date.now());
        const reason = await webhooks.post({ ...receiver, ...content }, signal);
        metrics.notified(reason === undefined);
        if (reason !== undefined) return reason;
      }
      await store.toldStates.set(receiver.name, state.task, change.told);
    }
  }
  return undefined;
}
