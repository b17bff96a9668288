/** How long and how much a registry may keep us busy. */
export interface PeerLimits {
  /** Of a blob, on average over the window; 0: any rate will do. */
  readonly minBytesPerSecond: number;
  /** Time spent waiting for the registry, which alone counts. */
  readonly minRateWindowMs: number;
  /** Names of one list: of tags, or of repositories. */
  readonly maxTags: number;
}

/** Below what any link in use gives, and above what the largest repositories hold. */
export const DEFAULT_PEER_LIMITS: PeerLimits = {
  minBytesPerSecond: 1024,
  minRateWindowMs: 60_000,
  maxTags: 250_000,
};
