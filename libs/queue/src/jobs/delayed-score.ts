// BullMQ keeps the time of a delayed job in the high bits of its score.
const SCORE_PER_MS = 0x1000;

/** When a delayed job is due, in epoch milliseconds. */
export const dueOfScore = (score: number): number => Math.floor(score / SCORE_PER_MS);

/** The least score of a job that is due then. */
export const scoreOfDue = (dueMs: number): number => dueMs * SCORE_PER_MS;
