export { type AbortReason, Attempt } from './attempt.ts';
export type * from './consumers.ts';
export type * from './copies.ts';
export { HandBackError, type HandBackLimit } from './hand-back.ts';
export { HoldBook } from './holds/hold-book.ts';
export { HoldWatch } from './holds/hold-watch.ts';
export * from './holds/holds.ts';
export {
  copyIdentity,
  copyJobId,
  copyName,
  newRunId,
  RUN_SUFFIX_LENGTH,
  runIdAt,
  shortHash,
} from './identity.ts';
export { laneName, lanePartsOf, parseLane } from './lane-name.ts';
export type * from './lanes.ts';
export type * from './leadership.ts';
export { heedOutages } from './outages/heed-outages.ts';
export * from './outages/outage-note.ts';
export type * from './outages/outage-notes.ts';
export { Outages } from './outages/outages.ts';
export * from './permits.ts';
export type * from './processes.ts';
export type * from './records.ts';
export { type Room, takeRoom } from './room.ts';
export { INTERRUPTED, MOST_RUN_ERRORS, RunTally } from './run-tally.ts';
export * from './runs.ts';
export type * from './schedules.ts';
export type * from './shared.ts';
export { type Release, Slots } from './slots.ts';
export type * from './stores.ts';
export {
  type CopyVerdict,
  DEFERRAL_LIMIT_MS,
  type Deferral,
  decideVerdict,
  type JobContext,
  type JobFacts,
  judged,
  type RunVerdict,
  type Shortfall,
  type Verdict,
} from './verdict.ts';
export { type AttemptOptions, type Retries, withAttempts } from './waits/attempts.ts';
export { type PausesOptions, RateLimitPauses, type Sides, type WorkKind } from './waits/rate-limit-pauses.ts';
export { sleepUntil, steadyNowMs } from './waits/sleep.ts';
