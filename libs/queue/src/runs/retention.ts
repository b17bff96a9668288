/** What is kept of runs; docs/operations.md tells all of it. */

/** How long the record of a run is kept after its end. */
export const RUN_KEPT_DAYS = 30;

/** Records kept: runs of a task; of one-off images; skipped firings of a task. */
export const KEPT_RUNS = { runs: 50, oneOff: 1_000, skips: 20 };

/** Ended runs that nobody has been told of. */
export const KEPT_ENDED = 1_000;

/**
 * Images kept of a run while it goes on, and after its end of its task in all, of those that failed, and of the others: at some
 * 120 bytes each 6 MiB, and 15 MiB where as many have failed.
 */
export const MOST_IMAGES = 50_000;

/** Of how many runs of a task, of those that had any, the images are kept that did not fail. */
export const RUNS_WITH_IMAGES = 3;

/** How long images that failed are kept after the end of their run, and those without a task whatever came of them. */
export const FAILURES_KEPT_DAYS = 7;
