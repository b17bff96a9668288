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
    registryRequests: new Counter({
      name: 'regfleet_registry_requests_total',
      help: 'HTTP requests sent to registries, by method and status code (error: no answer came).',
      labelNames: ['registry', 'method', 'code'],
      registers,
    }),
  } as const;
}

export type Instruments = ReturnType<typeof createInstruments>;
