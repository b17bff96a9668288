import { z } from 'zod';

// https://tc39.es/ecma262/#sec-time-values-and-time-range
const LAST_MS = 8.64e15;

/** Epoch milliseconds that are a date. */
export const epochMs = z.number().min(0).max(LAST_MS);

const written = z.string().regex(/^\d+$/).transform(Number).pipe(epochMs);

/** Absent for what is no time, absent included. */
export function readEpochMs(text: string | null | undefined): number | undefined {
  return written.safeParse(text).data;
}
