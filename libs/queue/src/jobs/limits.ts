/**
 * Jobs per minute at which BullMQ's own limiter would begin to work: never. Without a limiter BullMQ keeps a lane's
 * rate limit only in the worker that met it; with one the whole fleet keeps it.
 */
export const UNREACHABLE_LIMIT = 1_000_000_000;
