export { type AbortReason, Attempt } from './attempt.ts';
export type * from './consumers.ts';
export type * from './copies.ts';
export * from './crashes/company.ts';
export { Solitude } from './crashes/solitude.ts';
export * from './freshness.ts';
export { HandBackError, type HandBackLimit } from './hand-back.ts';
export { HoldBook } from './holds/hold-book.ts';
export { HoldWatch } from './holds/hold-watch.ts';
export * from './holds/holds.ts';
export { tellOperatorHolds } from './holds/tell-holds.ts';
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
export { type HeldLease, type LeaseStore, Leases, type LeasesOptions } from './leases.ts';
export { type FoundRate, parseRate, rateText } from './meters/found-rate.ts';
export type * from './meters/meters.ts';
export { PauseBook } from './meters/pause-book.ts';
export { RATE_AGE_MS, RateBook } from './meters/rate-book.ts';
export {
  type AccountRequest,
  type Allowance,
  RequestLimits,
  type RequestLimitsOptions,
  type SeenAnswer,
} from './meters/request-limits.ts';
export { FARTHEST_MS, INCREDIBLE_MS, LONGEST_STRETCH_MS, nextStretch } from './meters/reserve.ts';
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
export * from './source-notes.ts';
export type * from './stores.ts';
export { tellBug, tellVerdict } from './tell-verdict.ts';
export type * from './told-states.ts';
export * from './turns/rank.ts';
export { Turns } from './turns/turns.ts';
export {
  beginsWait,
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
export { type CopyWidth, givenWidth, widthOf } from './width/copy-width.ts';
export { FoundWidth } from './width/found-width.ts';
