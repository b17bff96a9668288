export { isFresh } from './age.ts';
export {
  type AnchorKind,
  type AnchorTag,
  anchorLabel,
  anchorOf,
  byTime,
  digestDigits,
  formatAnchor,
  isAnchorTag,
  parseAnchor,
} from './anchor-tag.ts';
export { type BackoffBounds, backoffDelay, LONGEST_WAIT_MS, rateLimitDelay } from './backoff.ts';
export {
  type CopyOutcome,
  type CopyProgress,
  type CopyRequest,
  type CopyResult,
  type ManifestHead,
  ON_CHANGE_CHOICES,
  type OnChange,
  type SeenTarget,
  type SyncRecord,
  sourceKey,
  syncRecord,
  syncRecordKey,
} from './copy.ts';
export { type CronSchedule, nextCronFiring } from './cron.ts';
export { type Digest, digestOf, isDigest, parseDigest } from './digest.ts';
export {
  DIGEST_LISTER_CHOICES,
  DIGEST_LISTERS,
  type DigestListerChoice,
  type DigestListerName,
  isDigestListerChoice,
} from './digest-listers.ts';
export { type EcrHost, parseEcrHost } from './ecr-host.ts';
export { ERROR_CODES, type ErrorCode, type ErrorKind } from './error-codes.ts';
export {
  isSyncError,
  type SerialisedSyncError,
  type Side,
  SyncError,
  type SyncErrorDetails,
  toSyncError,
} from './errors.ts';
export { expiredAnchors, type HistoryRule, type KeepRule, type OverwrittenImage } from './history.ts';
export { outsideList } from './json/outside-list.ts';
export { parseJson } from './json/parse-json.ts';
export {
  isListerType,
  LISTER_OPTION_NAMES,
  LISTER_TYPES,
  LISTERS,
  type ListerOptionName,
  type ListerSettings,
  type ListerType,
  listerOptions,
} from './listers.ts';
export type {
  AuthSettings,
  AwsIdentity,
  Location,
  RegistryConcurrency,
  RegistryRates,
  RepositoryOptions,
  TlsSettings,
} from './location.ts';
export { type Logger, silentLogger } from './logger.ts';
export { childFor } from './manifest/child-for.ts';
export { filterIndex, type IndexPart } from './manifest/filter-index.ts';
export {
  type Descriptor,
  isIndexMediaType,
  MANIFEST_ACCEPT,
  type Manifest,
  MEDIA_TYPES,
} from './manifest/manifest.ts';
export { manifestMediaType, plainMediaType, statesMediaType } from './manifest/media-type.ts';
export { parseManifest } from './manifest/parse-manifest.ts';
export {
  cosignTags,
  describeReferrer,
  fallbackTag,
  isDigestTag,
  MAX_REFERRERS,
  mergeReferrers,
  parseReferrers,
  type Referrer,
  tooManyReferrers,
} from './manifest/referrer.ts';
export { nearest } from './nearest.ts';
export { DEFAULT_PEER_LIMITS, type PeerLimits } from './peer-limits.ts';
export {
  formatPlatform,
  isPlatformList,
  localPlatform,
  MISSING_PLATFORM_CHOICES,
  type MissingPlatform,
  matchesPlatform,
  type Platform,
  type PlatformList,
  type PlatformSelection,
  parsePlatform,
  platformList,
} from './platform.ts';
export {
  isRedisUrlProblem,
  type RedisAccess,
  type RedisPlace,
  type RedisServer,
  type RedisUrlProblem,
  readRedisUrl,
  showRedisPlace,
  showServer,
} from './redis-url.ts';
export {
  formatReference,
  isRegistryHost,
  isRepositoryName,
  isTagName,
  makeReference,
  manifestName,
  parseReference,
  type Reference,
} from './reference.ts';
export {
  isFiltering,
  isSignature,
  isWanted,
  type ReferrerRecord,
  type ReferrerRule,
  ruleKey,
} from './referrer-rule.ts';
export { DOCKER_HUB_HOSTS, parseRegistryName, type RegistryName } from './registry-name.ts';
export {
  isRelayName,
  platformLimit,
  RELAY_NAMES,
  RELAYS,
  type RelayCapabilities,
  type RelayName,
  relaysThat,
} from './relays.ts';
export { type Credentials, Secret } from './secret.ts';
export { formatRecord, parseRecord } from './sync-record-text.ts';
export { tagChanged } from './tag-changed.ts';
export { clip } from './text/clip.ts';
export { forgetSecrets, keepSecret, keepToken } from './text/known-secrets.ts';
export { printable, printableLines } from './text/printable.ts';
export { redact } from './text/redact.ts';
export { TRAIL_FIRST_CHOICES, type TrailRule, type TrailStep, trailDue, trailStep } from './trail.ts';
export { BoundedMap, type BoundedMapOptions } from './waiting/bounded-map.ts';
export { type Bounds, forEachBounded } from './waiting/for-each-bounded.ts';
export { orderedWindow } from './waiting/ordered-window.ts';
export { sendsNothingAfter } from './waiting/silence.ts';
export { SingleFlight } from './waiting/single-flight.ts';
export { sleep } from './waiting/sleep.ts';
export { LONGEST_TIMER_MS } from './waiting/timer.ts';
export { unlessAborted } from './waiting/unless-aborted.ts';
export { inTime, within } from './waiting/within.ts';
