import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

// A HEAD-only run ends within a second, a first mirror of a large repository takes hours.
const RUN_BUCKETS_S = [1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200];
// From an image that was there already to one of many gigabytes.
const COPY_BUCKETS_S = [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600, 1800, 3600];

/** Every metric of ours but those that are read at each scrape, registered at `registry`. */
export function createInstruments(registry: Registry) {
  const registers = [registry];
  return {
    runs: new Counter({
      name: 'regfleet_runs_total',
      help: 'Runs that ended, by task and outcome (succeeded, failed, skipped, cancelled).',
      labelNames: ['task', 'outcome'],
      registers,
    }),
    runDuration: new Histogram({
      name: 'regfleet_run_duration_seconds',
      help: 'Time from the start of a run to the end of its last image; skipped runs are left out.',
      labelNames: ['task'],
      buckets: RUN_BUCKETS_S,
      registers,
    }),
    emptyFilters: new Counter({
      name: 'regfleet_empty_filters_total',
      help: 'Repositories whose tags no filter chose, and expressions that fit no repository, counted once a run.',
      labelNames: ['task'],
      registers,
    }),
    copies: new Counter({
      name: 'regfleet_copies_total',
      help: 'Images whose copy job ended, by outcome (copied, unchanged, failed).',
      labelNames: ['task', 'relay', 'outcome'],
      registers,
    }),
    copyDuration: new Histogram({
      name: 'regfleet_copy_duration_seconds',
      help: 'Time that the last attempt at copying an image took.',
      labelNames: ['task', 'relay'],
      buckets: COPY_BUCKETS_S,
      registers,
    }),
    copiedBytes: new Counter({
      name: 'regfleet_copied_bytes_total',
      help: 'Blob bytes of images that were copied, as far as their relay tells: read from a registry (side source), sent to one (target).',
      labelNames: ['registry', 'side'],
      registers,
    }),
    copiesActive: new Gauge({
      name: 'regfleet_copies_active',
      help: 'Copies that this process is working on.',
      labelNames: ['relay'],
      registers,
    }),
    copyErrors: new Counter({
      name: 'regfleet_copy_errors_total',
      help: 'Failed attempts at copying an image, by registry and side (source, target) where known, kind and code of the error.',
      labelNames: ['registry', 'side', 'kind', 'code'],
      registers,
    }),
    retries: new Counter({
      name: 'regfleet_retries_total',
      help: 'Copies put back to be tried again, by the kind of the error.',
      labelNames: ['kind'],
      registers,
    }),
    holds: new Gauge({
      name: 'regfleet_holds',
      help: 'What is held back in the whole fleet, by cause (operator, outage, login).',
      labelNames: ['cause'],
      registers,
    }),
    redisAnswered: new Gauge({
      name: 'regfleet_redis_answered_timestamp_seconds',
      help: 'When Redis last answered this process as to a write, in seconds since the epoch; 0 before the first answer.',
      registers,
    }),
    ...requestInstruments(registers),
    ...processInstruments(registers),
  } as const;
}

function processInstruments(registers: Registry[]) {
  return {
    configReload: new Gauge({
      name: 'regfleet_config_last_reload_successful',
      help: 'Whether the config as it was last read is in force (1), or was rejected (0).',
      registers,
    }),
    configReloadedAt: new Gauge({
      name: 'regfleet_config_last_reload_success_timestamp_seconds',
      help: 'When the config that is in force was read, in seconds since the epoch.',
      registers,
    }),
    notifications: new Counter({
      name: 'regfleet_notifications_total',
      help: 'Notifications that this process has sent, by outcome (delivered, failed: it is tried again).',
      labelNames: ['outcome'],
      registers,
    }),
    blobLookups: new Counter({
      name: 'regfleet_blob_index_lookups_total',
      help: 'Blobs that the index of the fleet was asked about, by outcome (hit, miss).',
      labelNames: ['outcome'],
      registers,
    }),
  } as const;
}

function requestInstruments(registers: Registry[]) {
  return {
    registryRequests: new Counter({
      name: 'regfleet_registry_requests_total',
      help: 'HTTP requests sent to registries, by method and status code (error: no answer came).',
      labelNames: ['registry', 'method', 'code'],
      registers,
    }),
    requestWaits: new Counter({
      name: 'regfleet_registry_wait_seconds_total',
      help: 'Time that requests have waited for the rate of their registry, or for a pause that it had asked for.',
      labelNames: ['registry'],
      registers,
    }),
    pauses: new Gauge({
      name: 'regfleet_registry_pause_seconds',
      help: 'For how much longer nothing is asked of a registry, by one of its accounts or addresses, since it wants so.',
      labelNames: ['registry'],
      registers,
    }),
    rates: new Gauge({
      name: 'regfleet_registry_rate_requests_per_second',
      help: 'Requests a second that the fleet sends to a registry at most, as the config says or as refusals have shown; absent where nothing limits them.',
      labelNames: ['registry'],
      registers,
    }),
    pullsLeft: new Gauge({
      name: 'regfleet_registry_pulls_left',
      help: 'Pulls that a registry says are left in its window, as this process was told last.',
      labelNames: ['registry'],
      registers,
    }),
    pullsLimit: new Gauge({
      name: 'regfleet_registry_pulls_limit',
      help: 'Pulls that a registry says it allows in its window.',
      labelNames: ['registry'],
      registers,
    }),
    pullsWindow: new Gauge({
      name: 'regfleet_registry_pulls_window_seconds',
      help: 'How long the window is in which a registry says it counts pulls.',
      labelNames: ['registry'],
      registers,
    }),
  } as const;
}

/** For schedulers alone: workers are no candidates. */
export const createLeader = (registry: Registry): Gauge =>
  new Gauge({
    name: 'regfleet_leader',
    help: 'Whether this scheduler keeps the schedules (1), or stands by (0).',
    registers: [registry],
  });

export type Instruments = ReturnType<typeof createInstruments>;
