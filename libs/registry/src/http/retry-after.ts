// No wait takes 31 years: what is larger is a point in time, which some send in place of a span.
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e12;

/**
 * The wait that a `Retry-After` header asks for, in milliseconds, never negative; absent: none, or not understood.
 *
 * @param header - seconds or an HTTP date, https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3; Docker Hub sends unix
 * time, others dates of ISO 8601.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return waitOf(Number(text), nowMs);
  // Date.parse takes much that is no date, bare numbers included.
  const atMs = DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

const DATE = /^(?:[A-Za-z]{3,9},? |\d{4}-\d{2}-\d{2}T)/;

function waitOf(value: number, nowMs: number): number {
  if (value < EPOCH_SECONDS) return Math.ceil(value * 1000);
  const atMs = value < EPOCH_MS ? value * 1000 : value;
  return Math.max(0, Math.ceil(atMs - nowMs));
}
