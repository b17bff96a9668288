import { type Digest, isSyncError } from '@regfleet/model';
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
 * A refusal is no error whatever its form: registries answer 202, 4xx, or give no token for two repositories.
 */
export async function mountBlob(
  session: Session,
  { repository, digest, from }: MountQuestion,
  options: RequestOptions = {},
): Promise<MountResult> {
  const request = uploadRequest(session, { repository, digest }, options);
  const query = new URLSearchParams({ mount: digest, ...(from !== undefined && { from }) });
  try {
    const answer = await session.head({
      ...request,
      method: 'POST',
      path: `${request.path}?${query}`,
      scopes: [pushScope(repository), ...(from === undefined ? [] : [pullScope(from)])],
      action: 'mount the blob',
      headers: { 'content-length': '0' },
      isRepeatable: true,
      expects: [201, 202],
    });
    if (answer.status === 201) return { kind: 'mounted' };
    return { kind: 'upload-opened', location: uploadUrl(session, answer, request.reference) };
  } catch (error) {
    const isRefused = isSyncError(error) && error.kind === 'permanent' && isClientStatus(error.httpStatus);
    if (isRefused) return { kind: 'refused' };
    throw error;
  }
}

const isClientStatus = (status: number | undefined): boolean =>
  status !== undefined && status >= 400 && status < 500;
