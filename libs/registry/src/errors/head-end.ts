import { isSyncError } from '@regfleet/model';

/** How a HEAD has ended that says nothing: `failing`, where the server may have failed as a whole. */
export type HeadEnd = 'refused' | 'failing';

// Any request is answered likewise: who asks, what is not there, a proxy's login, and patience that is asked for.
const MEANT: ReadonlySet<number> = new Set([401, 404, 407, 429]);

/** Registries, their proxies and stores refuse HEAD in many ways. Absent: it ended as any request may. */
export function headEnd(error: unknown): HeadEnd | undefined {
  if (!isSyncError(error)) return undefined;
  const { code, httpStatus: status, retryAfterMs } = error;
  if (code === 'REDIRECT_REFUSED') return 'refused';
  if (status === undefined || status < 400 || MEANT.has(status)) return undefined;
  if (status === 501 || (status < 500 && status !== 408)) return 'refused';
  return retryAfterMs ? undefined : 'failing';
}
