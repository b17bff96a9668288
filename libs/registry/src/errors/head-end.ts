import type { HttpHeaders } from '../http/contract.ts';
import { retryAfterMs } from '../http/retry-after.ts';

/**
 * How a HEAD was answered that says nothing: `failing`, where the server may have failed as a whole; `unauthorized`, where whoever
 * asks would be answered so by any request.
 */
export type HeadEnd = 'refused' | 'failing' | 'unauthorized';

// Any request is answered likewise: what is not there, a proxy's login, and patience that is asked for.
const MEANT: ReadonlySet<number> = new Set([404, 407, 429]);

/** Registries, their proxies and stores refuse HEAD in many ways. Absent: any request would be answered so. */
export function headEnd(
  { status, headers }: { readonly status: number; readonly headers: HttpHeaders },
  nowMs: number,
): HeadEnd | undefined {
  if (status < 300 || MEANT.has(status)) return undefined;
  if (status === 401) return 'unauthorized';
  if (status === 501 || (status < 500 && status !== 408)) return 'refused';
  return retryAfterMs(headers['retry-after'], nowMs) ? undefined : 'failing';
}
