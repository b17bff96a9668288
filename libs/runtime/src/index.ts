export {
  type HealthServer,
  type HealthServerOptions,
  type Readiness,
  startHealthServer,
} from './health/health-server.ts';
export { restartWithHeapFlags } from './heap-flags/heap-flags.ts';
export { type LocalRedis, type LocalRedisOptions, startLocalRedis } from './local-redis/local-redis.ts';
export { findLocalRedis, localRedisName } from './local-redis/note.ts';
export { makePrivateFolder } from './local-redis/private-folder.ts';
export { type CreateLoggerOptions, createLogger } from './logger/create-logger.ts';
export { createMetrics } from './metrics/load-metrics.ts';
export type { EndedCopy, EndedRun, Metrics } from './metrics/metrics.ts';
export type { QueueJobs } from './metrics/queue-jobs.ts';
export type { CloseStep } from './shutdown/close-in-order.ts';
export { endSoon } from './shutdown/end-process.ts';
export { onShutdown, type Shutdown, type ShutdownOptions } from './shutdown/shutdown.ts';
export { Interruption, interruptionOf, interruptSignal, onHangUp } from './shutdown/stop-signals.ts';
export { type Watch, type WatchOptions, watchFile } from './watch-file.ts';
