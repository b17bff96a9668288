/** Node takes longer timers for one of a millisecond: https://github.com/nodejs/node/issues/19015 */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
