/** What whoever writes the list of referrers of a subject goes by. */
export interface SubjectLease {
  /** Aborts when the right to write has gone to another. */
  readonly signal: AbortSignal;
  /** To be called right before the list is written. @throws {SyncError} where the right has ended. */
  check(): void;
}

/** Lets one at a time write the list of referrers of one subject, in whatever process; `Leases` of the fleet is one. */
export interface SubjectLeases {
  hold<Result>(
    name: string,
    signal: AbortSignal,
    work: (lease: SubjectLease) => Promise<Result>,
  ): Promise<Result>;
}
