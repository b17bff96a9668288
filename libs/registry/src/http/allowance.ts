import type { HttpHeaders } from './contract.ts';

/** What a registry says that an account, or an address, may still pull. */
export interface Allowance {
  readonly left: number;
  /** How many in a window. */
  readonly limit: number;
  readonly windowMs: number;
}

// Longer than those of Docker Hub, which are all that are known.
const LONGEST_VALUE = 64;
const VALUE = /^(\d{1,9});w=(\d{1,9})$/;

/**
 * Of `ratelimit-remaining: 76;w=21600` and `ratelimit-limit: 100;w=21600`; absent: it says nothing of that.
 *
 * @see https://docs.docker.com/docker-hub/usage/pulls/#view-pull-rate-and-limit
 */
export function allowanceIn(headers: HttpHeaders): Allowance | undefined {
  const left = countIn(headers['ratelimit-remaining']);
  const limit = countIn(headers['ratelimit-limit']);
  if (left === undefined || limit === undefined || limit.count === 0 || limit.seconds === 0) return undefined;
  return { left: left.count, limit: limit.count, windowMs: limit.seconds * 1000 };
}

function countIn(header: string | undefined): { count: number; seconds: number } | undefined {
  if (header === undefined || header.length > LONGEST_VALUE) return undefined;
  const [, count, seconds] = VALUE.exec(header.trim()) ?? [];
  return count === undefined ? undefined : { count: Number(count), seconds: Number(seconds) };
}
