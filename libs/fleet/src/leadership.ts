export interface Leadership {
  readonly leads: boolean;
  /** Stands down: another candidate leads at once. */
  close(): Promise<void>;
}

export interface LeadershipOptions {
  /** Unique per process. */
  readonly id: string;
  readonly ttlMs: number;
  /**
   * `isFirst`: this process leads since its own start, i.e. it never saw another live leader (one that was killed
   * leaves a key behind that is not renewed) and never led before.
   */
  readonly onElected?: (election: { isFirst: boolean }) => void;
  readonly onLost?: () => void;
}
