import { type Digest, isSyncError, type SyncError } from '@regfleet/model';
import { pullScope, pushScope } from '../auth/scope.ts';
import type { MountResult, RequestOptions } from '../contract.ts';
import type { Session } from '../session/session.ts';
import { uploadRequest } from './request.ts';
import { uploadUrl } from './upload-url.ts';

export interface MountQuestion {
  readonly repository: string;
  readonly digest: Digest;
  /** Absent: wherever the registry has it. */
  readonly from: string | undefined;
}

/**
 * Has the registry take a blob from another of its repositories.
 *
 * A refusal is no error whatever its form: registries answer 202, 4xx, 5xx or nothing, or give no token for two repositories. What
 * is wrong with the registry as a whole an upload meets as well.
 */
export async function mountBlob(
  session: Session,
  question: MountQuestion,
  options: RequestOptions = {},
): Promise<MountResult> {
  for (let asks = 1; ; asks += 1) {
    try {
      const result = await ask(session, question, options);
      if (result.kind === 'mounted') session.findings.note({ kind: 'mounts', outcome: 'mounted' });
      return result;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isSyncError(error) || !isRefusal(error)) throw error;
      // A connection that was kept may have been closed meanwhile.
      if (error.code === 'NETWORK_FAILED' && asks === 1) continue;
      session.findings.note({ kind: 'mounts', outcome: 'refused' });
      return { kind: 'refused' };
    }
  }
}

async function ask(
  session: Session,
  { repository, digest, from }: MountQuestion,
  options: RequestOptions,
): Promise<MountResult> {
  const request = uploadRequest(session, { repository, digest }, options);
  const query = new URLSearchParams({ mount: digest, ...(from !== undefined && { from }) });
  const answer = await session.head({
    ...request,
    method: 'POST',
    path: `${request.path}?${query}`,
    scopes: [pushScope(repository), ...(from === undefined ? [] : [pullScope(from)])],
    action: 'mount the blob',
    headers: { 'content-length': '0' },
    // Some registries fail whenever they are asked; an upload costs less than to find that out anew each time.
    isRepeatable: false,
    expects: [201, 202],
  });
  if (answer.status === 201) return { kind: 'mounted' };
  return { kind: 'upload-opened', location: uploadUrl(session, answer, request.reference) };
}

const UNANSWERED: ReadonlySet<string> = new Set(['NETWORK_FAILED', 'TIMED_OUT', 'TOO_SLOW']);

const isRefusal = ({ code, kind, httpStatus = 0 }: SyncError): boolean =>
  kind === 'permanent' || httpStatus >= 500 || UNANSWERED.has(code);
