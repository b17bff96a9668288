/** Lets one at a time write the list of referrers of one subject, in whatever process; `Leases` of the fleet is one. */
export interface SubjectLeases {
  hold<Result>(
    name: string,
    signal: AbortSignal,
    work: (lease: { readonly signal: AbortSignal; check(): void }) => Promise<Result>,
  ): Promise<Result>;
}
