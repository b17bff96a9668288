import type { Redis } from 'ioredis';

/**
 * Clocks of one fleet differ by less; what is further ahead was written by a clock that was wrong.
 *
 * Not tighter: a scheduler whose clock is ahead takes firings early, and each would pass for a schedule that is dead.
 */
export const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * By how much the clock of Redis' machine is ahead of ours, in milliseconds.
 *
 * Beyond `CLOCK_SKEW_MS` nobody can say which of them is wrong: times that others wrote are no evidence then.
 */
export async function clockDifferenceMs(client: Redis): Promise<number> {
  const askedAtMs = Date.now();
  const [seconds, microseconds] = await client.time();
  const redisMs = Number(seconds) * 1000 + Number(microseconds) / 1000;
  return Math.round(redisMs - (askedAtMs + Date.now()) / 2);
}
