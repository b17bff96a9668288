import type { HttpHeaders } from '../http/contract.ts';
import { retryAfterMs } from '../http/retry-after.ts';

/** How a HEAD was answered that says nothing: `failing`, where the server may have failed as a whole. */
export type HeadEnd = 'refused' | 'failing';

// Any request is answered likewise: who asks, what is not there, a proxy's login, and patience that is asked for.
const MEANT: ReadonlySet<number> = new Set([401, 404, 407, 429]);

/** Registries, their proxies and stores refuse HEAD in many ways. Absent: any request would be answered so. */
export function headEnd(
  { status, headers }: { readonly status: number; readonly headers: HttpHeaders },
  nowMs: number,
): HeadEnd | undefined {
  if (status < 300 || MEANT.has(status)) return undefined;
  if (status === 501 || (status < 500 && status !== 408)) return 'refused';
  return retryAfterMs(headers['retry-after'], nowMs) ? undefined : 'failing';
}
