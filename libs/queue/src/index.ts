export type {
  Claim,
  Consumer,
  CopyConsumer,
  CopyConsumerOptions,
  EnqueueReport,
  ExpansionContext,
  ExpansionCounts,
  Fleet,
  FleetCache,
  Lanes,
  Leadership,
  LeadershipOptions,
  LockTimes,
  Processes,
  QueueDepth,
  ReconcileReport,
  RunConsumerOptions,
  Runs,
  Schedules,
  StartTask,
  SweepReport,
} from './api.ts';
export type * from './contract.ts';
export { startCopyConsumer } from './copy-consumer.ts';
export { connectFleet } from './fleet.ts';
export { HandBackError, type HandBackLimit } from './hand-back.ts';
export { type Heartbeat, type ProcessReport, startHeartbeat } from './heartbeat.ts';
export { redisRefusal } from './redis/trouble.ts';
export { startRunConsumer } from './run-consumer.ts';
